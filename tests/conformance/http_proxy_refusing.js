// environment: http_proxy=$REFUSING https_proxy=$REFUSING
// samples
export { default, options } from './data/proxied.js';
