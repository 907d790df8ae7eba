// environment: http_proxy=socks5://user:secret@$GUARDED https_proxy=socks5://user:secret@$GUARDED
// samples
export { default, options } from './data/proxied.js';
