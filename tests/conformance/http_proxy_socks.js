// environment: http_proxy=socks5://$PROXY https_proxy=socks5://$PROXY
// samples
export { default, options } from './data/proxied.js';
