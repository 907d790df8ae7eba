// environment: http_proxy=http://user:secret@$GUARDED https_proxy=http://user:secret@$GUARDED
// samples
export { askByName as default, options } from './data/proxied.js';
