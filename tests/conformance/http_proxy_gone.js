// environment: http_proxy=127.0.0.1:1 https_proxy=127.0.0.1:1
// samples
export { default, options } from './data/proxied.js';
