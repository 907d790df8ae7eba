// k6/http as scripts see it. The expected texts are those of k6 2.2.0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/modules/http/http_test_world.h"

namespace loadctl::modules::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Lines = std::vector<std::string>;

/// What the server of these tests answers.
std::string Serve(const TestServer::Request& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const auto answer = [](std::string_view status, std::string_view body,
                         std::string_view fields = "") {
    return TestServer::Answer(status, body, fields);
  };
  if (path == "/echo")
    return answer("200 OK", request.method + " " + request.target + "\n" + request.head + "\n" +
                                request.body);
  if (path == "/json")
    return answer("200 OK", R"({"a":{"b":[1,2,{"c":"x"}]},"n":null,"we.ird":"dot"})",
                  "Content-Type: application/json\r\n");
  if (path == "/badjson") return answer("200 OK", "{\"a\":1,\n \"b\":}");
  if (path == "/multi") return answer("200 OK", "ok", "x-a: 1\r\nX-A: 2\r\nX-b: 3\r\n");
  if (path == "/cookie")
    return answer("200 OK", "ok",
                  "Set-Cookie: a=1; Path=/; HttpOnly\r\nSet-Cookie: b=2; Max-Age=60; Path=/x\r\n"
                  "Set-Cookie: a=3; Path=/y; Secure; Expires=Wed, 21 Oct 2037 07:28:00 GMT\r\n");
  if (path == "/bin") return answer("200 OK", std::string("\x00\xff\x41", 3));
  if (path == "/204") return "HTTP/1.1 204 No Content\r\n\r\n";
  if (path == "/101") return "HTTP/1.1 101 Switching Protocols\r\n\r\n";
  if (path == "/short")
    return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab";
  if (path == "/404") return answer("404 Not Found", "nope");
  if (path == "/slow") {
    std::this_thread::sleep_for(150ms);
    return answer("200 OK", "late");
  }
  if (path == "/connection") return answer("200 OK", std::to_string(request.connection));
  if (path == "/303") return answer("303 See Other", "", "Location: /echo\r\n");
  if (path == "/307") return answer("307 Temporary Redirect", "", "Location: /echo\r\n");
  if (path == "/badloc") return answer("302 Found", "", "Location: http://[::1\r\n");
  if (path == "/gzipbad") return answer("200 OK", "notgzip", "Content-Encoding: gzip\r\n");
  if (path.rfind("/redirect/", 0) == 0) {
    const int left = std::atoi(path.c_str() + 10);
    const std::string to = left > 1 ? "/redirect/" + std::to_string(left - 1) : "/echo";
    return answer(
        "302 Found", "hop",
        "Location: " + to + "\r\nSet-Cookie: r" + std::to_string(left) + "=v; Path=/\r\n");
  }
  return "";
}

TestServer& Server() {
  static TestServer server(Serve);
  return server;
}

/// A script whose default function is `body`; U is the server, `tell` prints what a call gives.
std::string Script(const std::string& body, const std::string& init = "") {
  return "import http from 'k6/http'; const U = '" + Server().url() + "';" + init +
         "const tell = (f) => { try { const v = f(); console.log(typeof v === 'object' ?"
         "JSON.stringify(v) : String(v)); } catch (e) { console.log('threw ' + e); } };"
         "export default function () {" +
         body + "}";
}

Lines LogOf(const std::string& body, const std::function<void(plan::Options&)>& change = nullptr) {
  World world(Script(body), {}, change);
  const auto result = world.Iterate();
  EXPECT_EQ(result.kind, vu::WorkResult::Kind::kComplete) << result.error;
  return world.log;
}

TEST(Http, AResponseHasItsParts) {
  EXPECT_THAT(
      LogOf("const r = http.get(U + '/multi');"
            "console.log(r.status, r.status_text, r.proto, r.body, r.error_code, r.url === U + "
            "'/multi');"
            "console.log(JSON.stringify(r.headers), r.remote_ip, r.remote_port > 0);"
            "console.log(JSON.stringify(Object.keys(r.timings)), r.timings.duration > 0);"
            "console.log(JSON.stringify(Object.keys(JSON.parse(JSON.stringify(r)))));"
            "console.log(JSON.stringify(r.request), JSON.stringify(r.ocsp));"),
      ElementsAre(
          "200 200 OK HTTP/1.1 ok 0 true",
          R"({"X-A":"1, 2","X-B":"3","Content-Length":"2"} 127.0.0.1 true)",
          R"(["duration","blocked","looking_up","connecting","tls_handshaking","sending","waiting","receiving"] true)",
          R"(["remote_ip","remote_port","url","status","status_text","proto","headers","cookies","body","timings","tls_version","tls_cipher_suite","ocsp","error","error_code","request"])",
          "{\"method\":\"GET\",\"url\":\"" + Server().url() +
              "/multi\",\"headers\":{\"User-Agent\":[\"test/1\"]},\"body\":\"\",\"cookies\":{}} "
              R"({"produced_at":0,"this_update":0,"next_update":0,"revoked_at":0,"revocation_reason":"","status":""})"));
}

TEST(Http, AResponseMayBeWrittenTo) {
  EXPECT_THAT(
      LogOf("const r = http.get(U + '/multi'); r.body = 'x'; r.status = 5; r.headers = {h: 1};"
            "r.headers.k = 2; console.log(r.body, r.status, JSON.stringify(r.headers));"
            "r.body = '{\"z\":1}'; tell(() => r.json());"),
      ElementsAre("x 5 {\"h\":1,\"k\":2}", "{\"z\":1}"));
}

TEST(Http, PartsAndMethodsOfAResponseAreItsOwn) {
  EXPECT_THAT(
      LogOf("const get = () => http.get(U + '/json'); const r = get();"
            "console.log(Object.keys(r).join());"
            "console.log(['json', 'headers', 'nope'].map((k) => Object.hasOwn(r, k)).join());"
            "const { json, status, ...rest } = { ...r };"
            "console.log(json('a.b.#'), status, 'json' in rest, rest.headers['Content-Type']);"
            "const f = Object.freeze(get());"
            "console.log(f.json('a.b.0'), f.headers['Content-Type'], f.timings.duration > 0);"
            "tell(() => { r.json = 5; }); r.own = 1; console.log(r.own, get().own);"
            "r.headers.x = 1; console.log(get().headers.x, r.headers.x);"),
      ElementsAre(
          "remote_ip,remote_port,url,status,status_text,proto,headers,cookies,body,timings,tls_"
          "version,tls_cipher_suite,ocsp,error,error_code,request,clickLink,html,json,submitForm",
          "true,true,false", "3 200 false application/json", "1 application/json true",
          "threw TypeError: Cannot set property json of #<Response> which has only a getter",
          "1 undefined", "undefined 1"));
}

TEST(Http, WhatASelectorGivesIsTheScriptsToChange) {
  EXPECT_THAT(
      LogOf("const r = http.get(U + '/json'); r.json('a').b.push(9); r.json('a.b')[0] = 7;"
            "tell(() => r.json('a')); tell(() => r.json('a.b.#')); tell(() => r.json().a);"),
      ElementsAre("{\"b\":[1,2,{\"c\":\"x\"}]}", "3", "{\"b\":[1,2,{\"c\":\"x\"}]}"));
}

TEST(Http, BodiesThatAreNoUtf8KeepTheirBytes) {
  EXPECT_THAT(LogOf("const { body } = http.get(U + '/bin'); console.log(body.length);"
                    "const size = (r) => /Content-Length: (\\d+)/.exec(r.body)[1];"
                    "console.log(size(http.post(U + '/echo', body)), "
                    "http.post(U + '/echo', { f: body }).body.split('\\n').pop());"
                    "const back = http.post(U + '/echo', body, { responseType: 'binary' }).body;"
                    "console.log(Array.from(new Uint8Array(back)).slice(-3).join());"),
              ElementsAre("3", "3 f=%00%FFA", "0,255,65"));
}

TEST(Http, MethodsAndBodies) {
  EXPECT_THAT(
      LogOf("const first = (r) => r.body.split('\\n')[0] + '|' + r.body.split('\\n').pop();"
            "tell(() => first(http.post(U + '/echo', 'text')));"
            "tell(() => first(http.put(U + '/echo', new Uint8Array([65, 66]))));"
            "tell(() => first(http.patch(U + '/echo', new Uint8Array([67, 68]).buffer)));"
            "tell(() => first(http.del(U + '/echo?q=1')));"
            "tell(() => first(http.options(U + '/echo', {a: 'x y', c: [1, 2], b: null})));"
            "tell(() => first(http.request('foo', U + '/echo', 'b')));"
            "tell(() => first(http.request('', U + '/echo')));"
            "tell(() => http.head(U + '/multi').body === '');"),
      ElementsAre("POST /echo|text", "PUT /echo|AB", "PATCH /echo|CD", "DELETE /echo?q=1|",
                  "OPTIONS /echo|a=x+y&b=%3Cnil%3E&c=1&c=2", "foo /echo|b", "GET /echo|", "true"));
}

TEST(Http, FormEncodingIsGos) {
  EXPECT_THAT(
      LogOf("tell(() => http.post(U + '/echo', {b: 'x y', a: [1, 2], c: null, d: true, e: 1.5,"
            "'ü': 'ä~!*()', f: 1e21, g: 0.00001}).request.body);"
            "tell(() => http.post(U + '/echo', {a: {b: 1}, c: [[1], {d: 2}], d: new Date(0),"
            "f: undefined, g: [null, undefined, 1]}).request.body);"
            "tell(() => http.post(U + '/echo', {a: 1}, {headers: {'content-type': 'x/y'}})"
            ".request.headers['Content-Type']);"),
      ElementsAre("a=1&a=2&b=x+y&c=%3Cnil%3E&d=true&e=1.5&f=1e%2B21&g=1e-05&"
                  "%C3%BC=%C3%A4~%21%2A%28%29",
                  "a=map%5Bb%3A1%5D&c=%5B1%5D&c=map%5Bd%3A2%5D&"
                  "d=1970-01-01+00%3A00%3A00+%2B0000+UTC&f=%3Cnil%3E&"
                  "g=%3Cnil%3E&g=%3Cnil%3E&g=1",
                  "[\"x/y\"]"));
}

TEST(Http, BodiesThatK6DoesNotKnow) {
  const Lines log = LogOf(
      "for (const b of [5, 1.5, true, [1], new Int8Array(2), new Float64Array(2), () => 1,"
      "new Date(0), new Map()]) { const r = http.post(U + '/echo', b);"
      "console.log(r.error, r.error_code, r.status, JSON.stringify(r.body), r.request, r.url); }");
  const Lines types = {"int64",
                       "float64",
                       "bool",
                       "[]interface {}",
                       "[]int8",
                       "[]float64",
                       "func(sobek.FunctionCall) sobek.Value",
                       "time.Time",
                       "[][2]interface {}"};
  ASSERT_EQ(log.size(), types.size() * 2);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string text = "unknown request body type " + types[i];
    EXPECT_EQ(log[2 * i], "Request Failed error=" + text);
    EXPECT_EQ(log[2 * i + 1], text + " 0 0 [] null ");
  }
}

TEST(Http, HeadersAreSentCanonically) {
  const Lines log = LogOf(
      "console.log(http.get(U + '/echo', {headers: {'x-a': 1, 'host': 'h.example', "
      "'content-length':"
      "'3', 'User-Agent': ''}}).body);"
      "console.log(http.get(U + '/echo', {headers: {'X-u': undefined}}).body);");
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0], "The specified Content-Length header \"3\" in the GET request for " +
                        Server().url() +
                        "/echo doesn't match the actual request body length of 0, so it will be "
                        "ignored!");
  EXPECT_EQ(log[1], "GET /echo\nGET /echo HTTP/1.1\r\nHost: h.example\r\nX-A: 1\r\n\n");
  EXPECT_NE(log[2].find("User-Agent: test/1\r\nX-U: undefined\r\n"), std::string::npos) << log[2];
}

TEST(Http, BadArgumentsAreRefusals) {
  const Lines log = LogOf(
      "const t = (...a) => { const r = http.get(...a); console.log(r.error, r.error_code); };"
      "t(5); t(null); t({a: 1}); t([1]); t('http://a b/');"
      "t(U, {timeout: 'abc'}); t(U, {timeout: null}); t(U, {responseType: 'foo'});"
      "t(U, {tags: {a: {}}}); t(U, {responseCallback: 5});");
  const Lines texts = {
      "invalid URL: '#5' 1020",
      "invalid URL: '#<nil>' 1020",
      "invalid URL: '#map[a:1]' 1020",
      "invalid URL: '#[1]' 1020",
      "invalid URL: parse \"http://a b/\": invalid character \" \" in host name 1020",
      "invalid timeout value: time: invalid duration \"abc\" 0",
      "invalid timeout value: unable to use type <nil> as a duration value 0",
      "foo does not belong to ResponseType values 0",
      "invalid HTTP request metric tags: invalid value for metric tag 'a': only String, Boolean "
      "and Number types are accepted as a metric tag values 0",
      "unsupported responseCallback 0"};
  ASSERT_EQ(log.size(), texts.size() * 2);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(log[2 * i + 1], texts[i]);
}

TEST(Http, RefusalsAreThrownByTheOption) {
  EXPECT_THAT(LogOf("tell(() => http.get(5)); tell(() => http.get('http://127.0.0.1:1/'));"
                    "tell(() => http.get('http://127.0.0.1:1/', {throw: false}).error);"
                    "tell(() => http.batch([5]));",
                    [](plan::Options& options) { options.throw_errors = true; }),
              ElementsAre("threw GoError: invalid URL: '#5'",
                          "threw GoError: Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: "
                          "connect: connection refused",
                          "Request Failed error=Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: "
                          "connect: connection refused",
                          "dial: connection refused", "threw GoError: invalid URL: '#5'"));
}

TEST(Http, InitMakesNoRequests) {
  const auto error = [](const std::string& init) {
    const std::string text = World(Script("", init)).init_error;
    return text.substr(0, text.find('\n'));
  };
  const std::string refusal = "GoError: Making http requests in the init context is not supported";
  EXPECT_EQ(error("http.get(U);"), refusal);
  EXPECT_EQ(error("http.get(5);"), refusal);
  EXPECT_EQ(error("http.batch([]);"), "GoError: Using batch in the init context is not supported");
  EXPECT_EQ(error("http.setResponseCallback(http.expectedStatuses(200));"), "");
}

TEST(Http, TransportErrorsWarn) {
  EXPECT_THAT(
      LogOf("const t = (p, q) => { const r = http.get(p, q); console.log(r.error, r.error_code,"
            "r.status, r.body, r.url.replace(U, '')); };"
            "t('http://u:p@127.0.0.1:1/'); t('foo/bar'); t(U + '/close'); t(U + '/gzipbad');"
            "t(U + '/badloc'); t(U + '/slow', {timeout: '50ms'});"
            "t(U + '/echo', {headers: {'a b': 'c'}}); t(U + '/echo', {headers: {a: 'c\\n'}});"),
      ElementsAre(
          "Request Failed error=Get \"http://u:***@127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: "
          "connection refused",
          "dial: connection refused 1212 0 null http://u:p@127.0.0.1:1/",
          "Request Failed error=Get \"foo/bar\": unsupported protocol scheme \"\"",
          "unsupported protocol scheme \"\" 1000 0 null foo/bar",
          "Request Failed error=Get \"" + Server().url() + "/close\": EOF",
          "EOF 1000 0 null /close",
          "Request Failed error=error decompressing response body (unexpected EOF)",
          "error decompressing response body (unexpected EOF) 1701 0 null /gzipbad",
          "Request Failed error=Get \"" + Server().url() +
              "/badloc\": failed to parse Location header \"http://[::1\": parse "
              "\"http://[::1\": missing ']' in host",
          "failed to parse Location header \"http://[::1\": parse \"http://[::1\": missing ']' in "
          "host 1000 0 null /badloc",
          "Request Failed error=Get \"" + Server().url() + "/slow\": request timeout",
          "request timeout 1050 0 null /slow",
          "Request Failed error=Get \"" + Server().url() +
              "/echo\": net/http: invalid header field name \"a b\"",
          "net/http: invalid header field name \"a b\" 1000 0 null /echo",
          "Request Failed error=Get \"" + Server().url() +
              "/echo\": net/http: invalid header field value for \"A\"",
          "net/http: invalid header field value for \"A\" 1000 0 null /echo"));
}

TEST(Http, StatusesAndBodyTypes) {
  EXPECT_THAT(
      LogOf(
          "tell(() => http.get(U + '/404').error_code); tell(() => http.get(U + '/204').body);"
          "tell(() => http.get(U + '/multi', {responseType: 'none'}).body);"
          "tell(() => String(new Uint8Array(http.get(U + '/bin', {responseType: 'binary'}).body)));"
          "tell(() => http.get(U + '/101'));"),
      ElementsAre("1404", "null", "null", "0,255,65",
                  "threw GoError: unsupported response status: 101 Switching Protocols"));
  EXPECT_THAT(LogOf("tell(() => http.get(U + '/multi').body);"
                    "tell(() => http.get(U + '/multi', {responseType: 'text'}).body);",
                    [](plan::Options& options) { options.discard_response_bodies = true; }),
              ElementsAre("null", "ok"));
}

TEST(Http, RedirectsAreFollowedToTheLimit) {
  EXPECT_THAT(
      LogOf("tell(() => http.get(U + '/redirect/3').url.replace(U, ''));"
            "tell(() => http.get(U + '/redirect/3', {redirects: 1}).url.replace(U, ''));"
            "tell(() => http.get(U + '/redirect/3', {redirects: undefined}).status);"
            "tell(() => http.post(U + '/303', 'b').body.split('\\n')[0]);"
            "tell(() => http.post(U + '/307', 'b').body.split('\\n')[0]);"
            "tell(() => http.get(U + '/redirect/15').url.replace(U, ''));"),
      ElementsAre("/echo", "/redirect/2", "302", "GET /echo", "POST /echo",
                  "Stopped after 11 redirects and returned the redirection; pass { redirects: n } "
                  "in request params or set global maxRedirects to silence this url=" +
                      Server().url() + "/redirect/15",
                  "/redirect/5"));
}

TEST(Http, CookiesLiveForAnIteration) {
  World world(
      Script("const r = http.get(U + '/cookie'); console.log(JSON.stringify(r.cookies));"
             "console.log(JSON.stringify(http.get(U + '/echo', {cookies: {z: 9, a: {value: 'own', "
             "replace: "
             "true}, n: null}}).request.cookies));"
             "console.log(/Cookie: (.*)/.exec(http.get(U + '/echo').body)[1].trim(),"
             "r.request.headers.Cookie === undefined);"));
  const std::string sent =
      R"({"z":[{"name":"z","value":"9","replace":false}],"a":[{"name":"a","value":"own","replace":false}]})";
  const std::string set =
      R"({"a":[{"name":"a","value":"1","domain":"","path":"/","http_only":true,"secure":false,"max_age":0,"expires":-6795364578871},{"name":"a","value":"3","domain":"","path":"/y","http_only":false,"secure":true,"max_age":0,"expires":2139722880000}],"b":[{"name":"b","value":"2","domain":"","path":"/x","http_only":false,"secure":false,"max_age":60,"expires":-6795364578871}]})";
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log, ElementsAre(set, sent, "a=1 true", set, sent, "a=1 true"));
}

TEST(Http, NoCookiesResetKeepsThem) {
  World world(Script("console.log(http.get(U + '/echo').body.includes('Cookie'));"
                     "http.get(U + '/cookie');"),
              {}, [](plan::Options& options) { options.no_cookies_reset = true; });
  world.Iterate();
  world.Iterate();
  EXPECT_THAT(world.log, ElementsAre("false", "true"));
}

TEST(Http, JsonAndItsSelectors) {
  EXPECT_THAT(
      LogOf("const r = http.get(U + '/json');"
            "for (const s of ['a.b', 'a.b.0', 'a.b.#', 'a.b.#.c', 'we\\\\.ird', 'n', 'nope', "
            "'a.b.9', '', 'a..b'])"
            "  tell(() => r.json(s));"
            "tell(() => r.json().a.b[2].c); tell(() => r.json() === r.json());"
            "tell(() => http.get(U + '/badjson').json()); tell(() => http.get(U + "
            "'/badjson').json('a'));"
            "tell(() => http.get(U + '/json', {responseType: 'none'}).json());"
            "tell(() => http.get(U + '/json', {responseType: 'binary'}).json('a.b.0'));"
            "tell(() => r.json('a.*'));"),
      ElementsAre("[1,2,{\"c\":\"x\"}]", "1", "3", "[\"x\"]", "dot", "null", "undefined",
                  "undefined", "undefined", "undefined", "x", "true",
                  "threw GoError: cannot parse json due to an error at line 2, character 6 , "
                  "error: invalid character '}' looking for beginning of value",
                  "undefined",
                  "threw GoError: the body is null so we can't transform it to JSON - this likely "
                  "was because of a request error getting the response",
                  "1", "[1,2,{\"c\":\"x\"}]"));
}

TEST(Http, AnAnswerIsReadAsHtml) {
  EXPECT_THAT(
      LogOf("const r = http.get(U + '/multi'); tell(() => r.html('body').text());"
            "tell(() => r.html().url === U + '/multi'); tell(() => r.html('[').size());"
            "tell(() => r.submitForm()); tell(() => r.clickLink({ selector: 'a' }));"
            "r.body = '<a href=\"/echo?x\">'; tell(() => /GET (\\S+)/.exec(r.clickLink().body)[1]);"
            "r.body = null; tell(() => r.html());"),
      ElementsAre("ok", "true", "0",
                  "threw GoError: no form found for selector 'form' in response '" +
                      Server().url() + "/multi'",
                  "threw GoError: no element found for selector 'a' in response '" +
                      Server().url() + "/multi'",
                  "/echo?x",
                  "threw GoError: the body is null so we can't transform it to HTML - this likely "
                  "was because of a request error getting the response"));
}

TEST(Http, CookieJarsAreReadAndWritten) {
  EXPECT_THAT(
      LogOf(
          "const own = new http.CookieJar(); const j = http.cookieJar();"
          "tell(() => j.set(U, 'a', '1', {Path: '/', max_age: 60}));"
          "tell(() => j.set(U, 'd', '4', {domain: 'example.com'}));"
          "tell(() => j.set(U, 'e', '5', {expires: 'abc'}));"
          "tell(() => j.set('http://a b/', 'e', '5'));"
          "tell(() => j.cookiesForURL(U + '/echo'));"
          "tell(() => own.set(U + '/', 'o', '1'));"
          "const sent = (p) => (/Cookie: (.*)\\r/.exec(http.get(U + '/echo', p).body) || [])[1];"
          "tell(() => sent()); tell(() => sent({jar: own})); tell(() => sent({jar: 5}));"
          "http.get(U + '/cookie', {jar: own}); tell(() => own.cookiesForURL(U));"
          "tell(() => own.delete(U + '/', 'o')); tell(() => own.delete(U));"
          "tell(() => own.cookiesForURL(U)); own.clear(U + '/'); tell(() => own.cookiesForURL(U));"
          "for (let i = 0; i < 1000; ++i) new http.CookieJar().set(U, 'x', 'y');"),
      ElementsAre("true", "true",
                  "threw GoError: unable to parse \"expires\" date string \"abc\": parsing time "
                  "\"abc\" as \"Mon, 02 Jan 2006 15:04:05 MST\": cannot parse \"abc\" as \"Mon\"",
                  "threw GoError: parse \"http://a b/\": invalid character \" \" in host name",
                  "{\"a\":[\"1\"]}", "true", "a=1", "o=1", "a=1", "{\"o\":[\"1\"],\"a\":[\"1\"]}",
                  "undefined", "threw GoError: cookie: is null", "{\"a\":[\"1\"]}", "{}"));
}

TEST(Http, FilesAreSentAsMultipart) {
  EXPECT_THAT(
      LogOf("const body = (f) => JSON.stringify(http.post(U + '/echo', f).body.split('\\r\\n\\n')"
            "[1].replace(/[0-9a-f]{60}/g, 'B'));"
            "tell(() => body({f: http.file('abc', 'f\"\\\\.txt', 'text/x'), n: [1, 2]}));"
            "tell(() => http.file(5)); tell(() => http.file(new Uint8Array([65]).buffer, 'x'));"
            "tell(() => http.post(U + '/echo', http.file('a')).error);"),
      ElementsAre(
          R"("--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\\\"\\\\.txt\"\r\n)"
          R"(Content-Type: text/x\r\n\r\nabc\r\n--B\r\n)"
          R"(Content-Disposition: form-data; name=\"n\"\r\n\r\n[1 2]\r\n--B--\r\n")",
          "threw GoError: invalid type int64, expected string or ArrayBuffer",
          R"({"data":{},"filename":"x","content_type":"application/octet-stream"})",
          "Request Failed error=unknown request body type *http.FileData",
          "unknown request body type *http.FileData"));
}

TEST(Http, BatchKeepsOrderAndKeys) {
  EXPECT_THAT(
      LogOf(
          "const f = (r) => r.body.split('\\n')[0] + '|' + r.body.split('\\n').pop();"
          "tell(() => http.batch([U + '/echo', ['POST', U + '/echo', 'b', {tags: {a: 1}}],"
          "  {method: 'post', url: U + '/echo', body: {q: 1}}, {url: U + '/echo', body: 'zz'},"
          "  http.url`${U}/echo`]).map(f));"
          "tell(() => Object.entries(http.batch({a: U + '/echo', b: {method: 'GET', url: U + "
          "'/404'}}))"
          "  .map((e) => e[0] + e[1].status));"
          "tell(() => http.batch([]));"
          "tell(() => http.batch([U + '/json', {url: 5}, U]).map((r) => r && [r.status, r.error, "
          "r.error_code]));"
          "tell(() => http.batch([{method: 'GET'}])[0].error); tell(() => "
          "http.batch([['GET']])[0].error);"
          "tell(() => http.batch()); tell(() => http.batch([], 1)); tell(() => http.batch('x'));"),
      ElementsAre(R"(["GET /echo|","POST /echo|b","POST /echo|q=1","GET /echo|zz","GET /echo|"])",
                  R"(["a200","b404"])", "[]", "A batch request failed error=invalid URL: '#5'",
                  R"([[0,"",0],[0,"invalid URL: '#5'",1020],null])",
                  "A batch request failed error=batch request 0 doesn't have a url key",
                  "batch request 0 doesn't have a url key",
                  "A batch request failed error=invalid batch request '[]interface {}{\"GET\"}'",
                  "invalid batch request '[]interface {}{\"GET\"}'",
                  "threw GoError: no argument was provided to http.batch()",
                  "threw GoError: http.batch() accepts only an array or an object of requests",
                  "threw GoError: invalid http.batch() argument type string"));
}

TEST(Http, ABatchThrowsWhenAllHaveEnded) {
  World world(Script("tell(() => http.batch([['GET', 'http://127.0.0.1:1/', null, {throw: true}],"
                     "U + '/json']));"),
              {"http_reqs{status:200}"});
  world.Iterate();
  EXPECT_THAT(world.log,
              ElementsAre("threw GoError: Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: "
                          "connect: connection refused"));
  EXPECT_EQ(world.Count(0), 1);
}

TEST(Http, AsyncRequestsResolveOnTheEventLoop) {
  World world("import http from 'k6/http'; import { group } from 'k6'; const U = '" +
                  Server().url() + "';" +
                  "export default async function () { let p; group('g', () => {"
                  "p = http.asyncRequest('POST', U + '/echo', 'hi'); });"
                  "http.asyncRequest('GET', 'http://127.0.0.1:1/', null, {throw: true})"
                  ".catch((e) => console.log('rejected ' + e));"
                  "console.log('before'); console.log((await p).body.split('\\n')[0]);"
                  "console.log((await http.asyncRequest('GET', 5)).error); }",
              {"http_reqs{group:::g}", "http_reqs{method:GET}"});
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_THAT(world.log,
              testing::UnorderedElementsAre(
                  "before", "POST /echo",
                  "rejected GoError: Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: "
                  "connection refused",
                  "Request Failed error=invalid URL: '#5'", "invalid URL: '#5'"));
  EXPECT_EQ(world.Count(0), 1);
  EXPECT_EQ(world.Count(1), 1);
}

TEST(Http, SamplesHaveK6sTags) {
  World world(
      Script(
          "http.get(U + '/redirect/1'); http.get(U + '/404', {tags: {mine: 'x'}});"
          "http.get('http://u:p@127.0.0.1:1/'); http.get(U + '/json', {tags: {name: 'n'}});"
          "http.get(http.url`${U}/json?${1}`); http.get(U + '/101x', {responseCallback: null});"),
      {"http_reqs", "http_reqs{status:302,expected_response:true,method:GET,proto:HTTP/1.1}",
       "http_reqs{url:" + Server().url() + "/echo,status:200}",
       "http_reqs{mine:x,status:404,error_code:1404,expected_response:false}",
       "http_reqs{url:http://****:****@127.0.0.1:1/,status:0,error:dial: connection "
       "refused,error_code:1212}",
       "http_reqs{name:n,url:n}", "http_reqs{name:${}/json?${},url:${}/json?${}}",
       "http_req_failed", "http_req_duration{status:200}", "http_req_failed{status:0}"});
  EXPECT_EQ(world.Iterate().error, "");
  EXPECT_EQ(world.Count(0), 7);
  for (std::size_t i = 1; i < 7; ++i) EXPECT_EQ(world.Count(i), 1) << i;
  EXPECT_EQ(world.Count(7), 6);
  EXPECT_EQ(world.Count(8), 1);
  EXPECT_EQ(world.Count(9), 1);
}

TEST(Http, SystemTagsThatAreOffAreNotThere) {
  World world(Script("http.get(U + '/json');"), {"http_reqs{status:200}", "http_reqs{method:GET}"},
              [](plan::Options& options) { options.system_tags = {"status"}; });
  world.Iterate();
  EXPECT_EQ(world.Count(0), 1);
  EXPECT_EQ(world.Count(1), 0);
}

TEST(Http, ExpectedStatusesDecideWhatFailed) {
  World world(
      Script("http.get(U + '/404'); http.get(U + '/404', {responseCallback: "
             "http.expectedStatuses(404, {min: 200, max: 204})});"
             "http.setResponseCallback(http.expectedStatuses(404)); http.get(U + '/404');"
             "http.setResponseCallback(null); http.get(U + '/404');"
             "tell(() => http.expectedStatuses()); tell(() => http.expectedStatuses('a'));"
             "tell(() => http.expectedStatuses({min: 1.5, max: 3})); tell(() => "
             "http.setResponseCallback(5));"),
      {"http_req_failed{expected_response:false}", "http_req_failed{expected_response:true}"});
  world.Iterate();
  EXPECT_EQ(world.Count(0), 1);
  EXPECT_EQ(world.Count(1), 2);
  EXPECT_THAT(
      world.log,
      ElementsAre("threw GoError: no arguments",
                  "threw GoError: argument number 1 to expectedStatuses was neither an "
                  "integer nor an object like {min:100, max:329}",
                  "threw GoError: both min and max need to be integers for argument number 1",
                  "threw GoError: unsupported argument, expected http.expectedStatuses"));
}

TEST(Http, ConnectionsAreReusedUnlessForbidden) {
  const std::string script = Script(
      "console.log(http.get(U + '/connection').body === http.get(U + '/connection').body);"
      "console.log(globalThis.last === http.get(U + '/connection').body);"
      "globalThis.last = http.get(U + '/connection').body;");
  const auto log = [&](const std::function<void(plan::Options&)>& change) {
    World world(script, {}, change);
    world.Iterate();
    world.Iterate();
    return world.log;
  };
  EXPECT_THAT(log(nullptr), ElementsAre("true", "false", "true", "true"));
  EXPECT_THAT(log([](plan::Options& options) { options.no_connection_reuse = true; }),
              ElementsAre("false", "false", "false", "false"));
  EXPECT_THAT(log([](plan::Options& options) { options.no_vu_connection_reuse = true; }),
              ElementsAre("true", "false", "true", "false"));
}

TEST(Http, ACutRequestLeavesNoTrace) {
  World world(Script("http.get(U + '/slow'); console.log('went on');"), {"http_reqs"});
  EXPECT_EQ(world.Iterate(std::chrono::steady_clock::now() + 30ms).kind,
            vu::WorkResult::Kind::kInterrupted);
  EXPECT_TRUE(world.log.empty());
  EXPECT_EQ(world.Count(0), 0);
  EXPECT_EQ(world.Iterate().kind, vu::WorkResult::Kind::kComplete);
}

TEST(Http, ACutBatchLeavesNoTrace) {
  World world(Script("http.batch([U + '/slow', U + '/slow']); console.log('went on');"),
              {"http_reqs"});
  EXPECT_EQ(world.Iterate(std::chrono::steady_clock::now() + 30ms).kind,
            vu::WorkResult::Kind::kInterrupted);
  EXPECT_EQ(world.Count(0), 0);
  EXPECT_EQ(world.Iterate().kind, vu::WorkResult::Kind::kComplete);
}

}  // namespace
}  // namespace loadctl::modules::http
