// environment: http_proxy=$PROXY K6_BLACKLIST_IPS=127.0.0.0/8
// samples
export { default, options } from './data/proxied.js';
