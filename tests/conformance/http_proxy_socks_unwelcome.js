// environment: http_proxy=socks5://$GUARDED https_proxy=socks5://user:wrong@$GUARDED
// samples
export { default, options } from './data/proxied.js';
