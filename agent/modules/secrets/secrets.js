// import secrets from 'k6/secrets'
import { getSecret } from 'loadctl:k6/secrets';
import { textOf } from 'loadctl:prelude';

const sourceOf = (name) => ({ get: (key) => getSecret(name, textOf(key)) });

export default { ...sourceOf('default'), source: (name) => sourceOf(textOf(name)) };
