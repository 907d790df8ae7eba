// The face of k6/http, second part: CookieJar. What it holds is the natives'.
const kVuJar = Symbol('the VU\'s jar');

// The natives' object behind a jar, which no script can reach or forge; undefined: the VU's jar.
let heldBy;

class CookieJar {
  #held;
  static { heldBy = (jar) => jar.#held; }

  constructor() { this.#held = arguments[0] === kVuJar ? undefined : newJar(); }

  cookiesForURL(url) {
    const flat = jarCookies(this.#held, String(url));
    const cookies = {};
    for (let i = 0; i < flat.length; i += 2) {
      if (!Object.hasOwn(cookies, flat[i])) define(cookies, flat[i], []);
      cookies[flat[i]].push(flat[i + 1]);
    }
    return cookies;
  }

  set(url, name, value, options) {
    let path = '', domain = '', expires = '', maxAge = 0, secure = false, httpOnly = false;
    if (options !== undefined && options !== null) {
      for (const key of Object.keys(options)) {
        const given = options[key];
        switch (key.toLowerCase()) {
          case 'path': path = String(given); break;
          case 'domain': domain = String(given); break;
          case 'expires': expires = String(given); break;
          case 'max_age': maxAge = Math.trunc(Number(given)) || 0; break;
          case 'secure': secure = Boolean(given); break;
          case 'http_only': httpOnly = Boolean(given); break;
        }
      }
    }
    const words = (text) => (text === undefined || text === null ? '' : String(text));
    setCookie(this.#held, words(url), words(name), words(value), path, domain, expires, maxAge,
      secure, httpOnly);
    return true;
  }

  clear(url) { deleteCookies(this.#held, String(url)); }

  delete(url, name) {
    if (name === undefined || name === null || name === '') goError('cookie: is null');
    deleteCookies(this.#held, String(url), String(name));
  }
}

const vuJar = new CookieJar(kVuJar);

function cookieJar() {
  if (inInit()) goError('Making cookie jars in the init context is not supported');
  return vuJar;
}
