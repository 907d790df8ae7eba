#include <gtest/gtest.h>
#include <sys/socket.h>

#include "agent/net/testing/net_test_support.h"

namespace loadctl::net {
namespace {

std::string Redirect(int status, std::string_view location, std::string_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nLocation: " + std::string(location) +
         "\r\nContent-Length: 0\r\n" + std::string(more) + "\r\n";
}

/// Answers each request with what `answer` says to its head; keeps the heads.
struct Site {
  std::vector<std::string> heads;
  TestServer server;
  explicit Site(std::function<std::string(const std::string&)> answer)
      : server([this, answer = std::move(answer)](int socket, int) {
          for (;;) {
            std::string head = ReadUntil(socket);
            if (head.empty()) return;
            const auto length = head.find("Content-Length: ");
            const int body = length == std::string::npos ? 0 : std::atoi(&head[length + 16]);
            char c = 0;
            for (int i = 0; i < body; ++i) {
              if (recv(socket, &c, 1, 0) == 1) head += c;
            }
            heads.push_back(head);
            WriteAll(socket, answer(head));
          }
        }) {}
};

struct Result {
  Fetched fetched;
  Exchange exchange;
  std::vector<std::string> hops;
};

Result Fetch(TestClient& t, const std::string& text, const RedirectPolicy& policy,
             const HeaderList& headers = {}, std::string_view method = "GET",
             std::string_view body = {}) {
  const Url url = *ParseUrl(text);
  Request request;
  request.url = &url;
  request.method = method;
  request.headers = &headers;
  request.body = body;
  request.has_body = !body.empty();
  request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  Result result;
  result.fetched = t.client.Fetch(
      request, policy, t.parker,
      [&](const Hop& hop) {
        result.hops.push_back(std::string(hop.method) + " " + hop.url.ToString() + " " +
                              std::to_string(hop.exchange.status));
      },
      result.exchange);
  return result;
}

bool StartsWith(const std::string& head, std::string_view path) {
  return head.substr(head.find(' ') + 1).starts_with(path);
}

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(Fetch, FollowsAsK6AndReportsEachHop) {
  // The two heads are k6 2.2's own for this script.
  Site site([](const std::string& head) {
    return StartsWith(head, "/redir") ? Redirect(302, "/x", "Set-Cookie: s=1\r\n") : kOk;
  });
  TestClient t;
  const std::string host = "127.0.0.1:" + std::to_string(site.server.port());
  HeaderList headers;
  headers.Add("Content-Type", "t");
  headers.Add("Host", "foo.com");
  headers.Add("Cookie", "hand=1");
  CookieJar jar;
  RedirectPolicy policy;
  policy.jar = &jar;
  const Result r = Fetch(t, "http://u:p@" + host + "/redir?q=1", policy, headers, "POST", "bb");
  EXPECT_EQ(r.exchange.body, "ok");
  ASSERT_EQ(site.heads.size(), 2U);
  EXPECT_EQ(site.heads[0],
            "POST /redir?q=1 HTTP/1.1\r\nHost: foo.com\r\nContent-Length: 2\r\n"
            "Authorization: Basic dTpw\r\nContent-Type: t\r\nCookie: hand=1\r\n\r\nbb");
  EXPECT_EQ(site.heads[1],
            "GET /x HTTP/1.1\r\nHost: foo.com\r\nAuthorization: Basic dTpw\r\nCookie: s=1\r\n"
            "Referer: http://" +
                host + "/redir?q=1\r\n\r\n");
  EXPECT_EQ(r.hops, (std::vector<std::string>{"POST http://u:p@" + host + "/redir?q=1 302",
                                              "GET http://u:p@" + host + "/x 200"}));
  EXPECT_EQ(r.fetched.url->ToString(), "http://u:p@" + host + "/x");
  EXPECT_EQ(site.server.connections(), 1);
}

TEST(Fetch, KeepsMethodAndBodyOn307) {
  Site site(
      [](const std::string& head) { return StartsWith(head, "/a") ? Redirect(307, "/b") : kOk; });
  TestClient t;
  Fetch(t, site.server.Url("/a"), {}, {}, "PUT", "body");
  ASSERT_EQ(site.heads.size(), 2U);
  EXPECT_TRUE(site.heads[1].starts_with("PUT /b "));
  EXPECT_TRUE(site.heads[1].ends_with("\r\n\r\nbody"));
}

TEST(Fetch, StopsAtTheLimitAndReturnsTheRedirection) {
  Site site([](const std::string&) { return Redirect(302, "/again"); });
  TestClient t;
  RedirectPolicy policy;
  policy.max_redirects = 3;
  const Result r = Fetch(t, site.server.Url("/"), policy);
  EXPECT_EQ(r.exchange.status, 302);
  EXPECT_EQ(r.fetched.hops, 4);
  EXPECT_TRUE(r.fetched.limited);
  policy.max_redirects = 0;
  EXPECT_EQ(Fetch(t, site.server.Url("/"), policy).fetched.hops, 1);
}

TEST(Fetch, FollowsARedirectWhoseBodyBreaksOff) {
  TestServer server([](int socket, int) {
    const std::string head = ReadUntil(socket);
    if (StartsWith(head, "/b")) return WriteAll(socket, kOk);
    WriteAll(socket, "HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ncut");
  });
  TestClient t;
  const Result r = Fetch(t, server.Url("/a"), {});
  EXPECT_EQ(r.exchange.status, 200);
  EXPECT_EQ(r.exchange.body, "ok");
  EXPECT_EQ(r.hops, (std::vector<std::string>{"GET " + server.Url("/a") + " 302",
                                              "GET " + server.Url("/b") + " 200"}));
  RedirectPolicy none;
  none.max_redirects = 0;
  EXPECT_EQ(Fetch(t, server.Url("/a"), none).exchange.failure.text, "unexpected EOF");
}

TEST(Fetch, FailsOnABadLocation) {
  Site site([](const std::string&) { return Redirect(302, "http://["); });
  TestClient t;
  const Result r = Fetch(t, site.server.Url("/"), {});
  EXPECT_EQ(r.exchange.outcome, Outcome::kTransportError);
  // k6 2.2's own text.
  EXPECT_EQ(
      r.exchange.failure.text,
      "failed to parse Location header \"http://[\": parse \"http://[\": missing ']' in host");
  EXPECT_EQ(r.exchange.ErrorCode(), 1000);
  EXPECT_EQ(r.hops.size(), 1U);
  EXPECT_FALSE(r.fetched.url);
}

TEST(Fetch, StripsAuthorizationForAnotherHost) {
  Site target([](const std::string&) { return kOk; });
  const std::string port = std::to_string(target.server.port());
  Site site([&](const std::string&) { return Redirect(301, "http://localhost:" + port + "/"); });
  TestClient t;
  HeaderList headers;
  headers.Add("Authorization", "secret");
  headers.Add("X-Other", "1");
  Fetch(t, site.server.Url("/"), {}, headers);
  ASSERT_EQ(target.heads.size(), 1U);
  EXPECT_EQ(target.heads[0].find("Authorization"), std::string::npos);
  EXPECT_NE(target.heads[0].find("X-Other: 1"), std::string::npos);
}

TEST(Fetch, LeavesLargeBodiesOfRedirects) {
  Site site([](const std::string& head) {
    return StartsWith(head, "/big")
               ? "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 1000000\r\n"
                 "\r\n" +
                     std::string(10'000, 'x')
               : kOk;
  });
  TestClient t;
  const Result r = Fetch(t, site.server.Url("/big"), {});
  EXPECT_EQ(r.exchange.body, "ok");
  EXPECT_EQ(site.server.connections(), 2);
}

TEST(Fetch, SendsOwnCookiesAheadOfTheJars) {
  Site site([](const std::string&) { return kOk; });
  TestClient t;
  CookieJar jar;
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const Url url = *ParseUrl(site.server.Url("/"));
  jar.Set(url, *ParseSetCookie("a=jar"), now);
  jar.Set(url, *ParseSetCookie("b=jar"), now);
  RedirectPolicy policy;
  policy.jar = &jar;
  policy.cookies = {{"a", "own", true}, {"b", "own", false}};
  Fetch(t, site.server.Url("/"), policy);
  EXPECT_NE(site.heads[0].find("Cookie: a=own; b=own; b=jar\r\n"), std::string::npos)
      << site.heads[0];
}

TEST(Fetch, AnswersADigestChallenge) {
  std::vector<std::string> heads;
  TestServer server([&](int socket, int) {
    for (;;) {
      const std::string head = ReadUntil(socket);
      if (head.empty()) return;
      heads.push_back(head);
      const bool answered =
          head.find("\r\nAuthorization: Digest username=\"me\", realm=\"r\"") != std::string::npos;
      WriteAll(socket, answered ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
                                  "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                                  "qop=\"auth\", algorithm=SHA-256\r\n\r\n");
    }
  });
  TestClient t;
  RedirectPolicy policy;
  policy.auth = RedirectPolicy::Auth::kDigest;
  const std::string url = "http://me:secret@127.0.0.1:" + std::to_string(server.port()) + "/path";
  const Result result = Fetch(t, url, policy);
  EXPECT_EQ(result.exchange.body, "ok");
  EXPECT_EQ(result.fetched.hops, 1);
  EXPECT_EQ(result.hops.size(), 2U) << "both are requests that count";
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_EQ(heads[0].find("Authorization"), std::string::npos) << "the password stays here";
  EXPECT_NE(heads[1].find("uri=\"/path\""), std::string::npos);
  // Without it, credentials go out as they always did.
  policy.auth = RedirectPolicy::Auth::kBasic;
  EXPECT_EQ(Fetch(t, url, policy).exchange.status, 401);
  EXPECT_NE(heads[2].find("Authorization: Basic "), std::string::npos);
}

TEST(Fetch, AnswersNtlmOnTheSameConnection) {
  // The challenge of MS-NLMP's example, with no attributes but the end of their list.
  const std::string challenge =
      "TlRMTVNTUAACAAAAAAAAADAAAAABgoiiASNFZ4mrze8AAAAAAAAAAAQABAAwAAAAAAAAAA==";
  const auto demand = [](const std::string& what) {
    return "HTTP/1.1 401 X\r\nContent-Length: 0\r\nWWW-Authenticate: "
           "Negotiate\r\nWWW-Authenticate: " +
           what + "\r\n\r\n";
  };
  bool in = false;
  Site site([&](const std::string& head) -> std::string {
    if (head.find("Authorization: NTLM TlRMTVNTUAAD") != std::string::npos) in = true;
    if (in) return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const bool begun = head.find("Authorization: NTLM TlRMTVNTUAAB") != std::string::npos;
    return demand(begun ? "NTLM " + challenge : "NTLM");
  });
  TestClient t;
  RedirectPolicy policy;
  policy.auth = RedirectPolicy::Auth::kNtlm;
  const std::string url = "http://127.0.0.1:" + std::to_string(site.server.port()) + "/";
  HeaderList headers;
  headers.Set("Authorization", "Basic bWU6cHc=");
  const Result result = Fetch(t, url, policy, headers, "POST", "body");
  EXPECT_EQ(result.exchange.body, "ok");
  EXPECT_EQ(result.hops.size(), 3U);
  ASSERT_EQ(site.heads.size(), 3U);
  EXPECT_EQ(site.heads[0].find("Authorization"), std::string::npos) << "the password stays here";
  for (const std::string& head : site.heads) EXPECT_TRUE(head.ends_with("body"));
  EXPECT_EQ(Fetch(t, url, policy, headers).hops.size(), 1U) << "the connection is known";
  EXPECT_EQ(site.server.connections(), 1);
}

}  // namespace
}  // namespace loadctl::net
