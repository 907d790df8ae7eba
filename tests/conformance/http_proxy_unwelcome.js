// environment: http_proxy=$GUARDED https_proxy=$GUARDED
// samples
export { default, options } from './data/proxied.js';
