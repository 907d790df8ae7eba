// environment: http_proxy=$PROXY no_proxy=proxied.test,10.0.0.0/8
// samples
export { default, options } from './data/proxied.js';
