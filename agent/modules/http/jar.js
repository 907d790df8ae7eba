// The face of k6/http: CookieJar. What it holds is the natives'.

// The natives' object behind a jar, which no script can reach or forge; undefined: the VU's jar.
let heldBy;
let makeOwn;  // the VU's jar

class Jar {
  #held = newJar();

  static {
    heldBy = (jar) => jar.#held;
    makeOwn = () => {
      const jar = new CookieJar();
      jar.#held = undefined;
      return jar;
    };
  }

  clear = (url) => { deleteCookies(this.#held, String(url)); };

  cookiesForURL = (url) => {
    const flat = jarCookies(this.#held, String(url));
    const cookies = {};
    for (let i = 0; i < flat.length; i += 2) {
      if (!Object.hasOwn(cookies, flat[i])) define(cookies, flat[i], []);
      cookies[flat[i]].push(flat[i + 1]);
    }
    return cookies;
  };

  delete = (url, name) => {
    if (name === undefined || name === null || name === '') goError('cookie: is null');
    deleteCookies(this.#held, String(url), String(name));
  };

  set = (url, name, value, options) => {
    const cookie = { name: textOf(name), value: textOf(value) };
    for (const key of Object.keys(options ?? {})) {
      const given = options[key];
      const field = key.toLowerCase();
      switch (field) {
        case 'path': case 'domain': case 'expires': cookie[field] = String(given); break;
        case 'max_age': cookie[field] = Math.trunc(Number(given)) || 0; break;
        case 'secure': case 'http_only': cookie[field] = Boolean(given); break;
      }
    }
    setCookie(this.#held, textOf(url), cookie);
    return true;
  };
}

const CookieJar = withoutNew(Jar, 'CookieJar');

function cookieJar() {
  if (inInit()) goError('Making cookie jars in the init context is not supported');
  const vu = mine();
  return vu.jar ?? (vu.jar = makeOwn());
}
