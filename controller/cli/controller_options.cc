#include "controller/cli/controller_options.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/duration.h"
#include "common/daemon/config_file.h"
#include "common/daemon/endpoint.h"
#include "common/daemon/token.h"
#include "controller/fleet/join_tokens.h"

namespace loadctl::cli {
namespace {

constexpr char kIntro[] =
    R"(Serve agents and clients of this and other machines.

Usage:
  loadctl controller [flags]

Examples:
  # On this machine, without certificates.
  loadctl controller --listen 127.0.0.1:6566
  loadctl-agent --controller 127.0.0.1:6566
  loadctl run --controller 127.0.0.1:6566 --agents 1 script.js

  # For other machines: certificates of `loadctl certs DIR`.
  loadctl controller --listen 0.0.0.0:6566 --tls-cert DIR/controller.pem \
      --tls-key DIR/controller.key --tls-ca DIR/ca.pem

Flags:
      --listen HOST:PORT           where agents and clients come to; or unix:/path
                                   (default 127.0.0.1:6566)
      --tls-cert FILE              certificate of this controller (PEM); plaintext only on loopback
      --tls-key FILE               its private key
      --tls-ca FILE                the authority that signs agents' and clients' certificates
      --revoked FILE               serials of certificates that are not welcome any more, one a line
                                   as `openssl x509 -serial` prints them; read again when it changes
      --token-file FILE            where there are no certificates, the token that agents and clients
                                   must know (default: a new one, which programs of this user find)
      --join-tokens FILE           agents come without certificates by tokens of `loadctl token`, which
                                   keeps them in this file; read again when it changes
      --allow-agents NAMES         names in the certificates or join tokens of agents that are taken,
                                   with commas (default: any)
      --audit-log FILE             append who ran what, when and on which agents, who stopped or changed
                                   a run, and who was refused: a line of JSON each
      --metrics-address HOST:PORT  serve Prometheus metrics at http://HOST:PORT/metrics
                                   (default: not at all)
      --metrics-tls auto|on|off    https, with the controller's certificate; auto: where there is one,
                                   but for loopback (default auto)
      --web-address HOST:PORT      serve a page of each run at http://HOST:PORT/, on this machine's
                                   loopback only (default: not at all)
      --exit-when-idle DURATION    end when no client came and no test ran for so long (default: never)
      --web-control FILE           let these pages pause, resume, scale and stop the run that goes on, for
                                   whoever knows the token in this file (default: pages only show)
      --history DIR                record every run into this folder; the page shows those of earlier
                                   days, too, and `loadctl runs --history DIR` lists them
      --log-format text|json       how to write log lines (default text; to systemd's journal as its
                                   entries)
      --daemon-config FILE         YAML file with the same names, such as "listen: 0.0.0.0:6566";
                                   flags win over it
)";
constexpr char kOutro[] =
    R"(      --health                     ask the controller that has the same LOADCTL_HEALTH whether it
                                   lives: its status and 0, or why not and 1
  -h, --help                       this text

What peers may take up, and how long they may keep others waiting:
)";
constexpr char kNotes[] = R"(
One test runs at a time. SIGTERM stops the one that runs as Ctrl-C does, then the controller.
Certificates that were replaced are used without a restart; SIGHUP looks for them at once, and opens
a new audit log. What runs goes on.
docs/operations/controller.md has the rest.
)";

constexpr std::string_view kFlags[] = {
    "listen",      "tls-cert",      "tls-key",   "tls-ca",          "revoked",       "token-file",
    "join-tokens", "allow-agents",  "audit-log", "metrics-address", "metrics-tls",   "web-address",
    "log-format",  "daemon-config", "history",   "web-control",     "exit-when-idle"};
constexpr char kDefaultAddress[] = "127.0.0.1:6566";

Result<std::set<std::string>> ReadNames(const std::string& list) {
  std::set<std::string> names;
  for (std::size_t at = 0; !list.empty() && at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = list.substr(at, end - at);
    // What `loadctl certs` makes without a name has "loadctl agent".
    if (!fleet::IsPeerName(name) && name != "loadctl agent")
      return Fail("--allow-agents: \"" + name + "\" is no name of an agent");
    names.insert(name);
    at = end + 1;
  }
  return names;
}

/// A port that others reach has TLS where there are certificates; on loopback it has none.
Result<bool> HasMetricsTls(const std::string& given, const std::string& address,
                           bool certificates) {
  if (given.empty() || given == "auto") {
    LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(address));
    return certificates && !daemon::IsLocal(endpoint);
  }
  if (given == "off") return false;
  if (given != "on") return Fail("--metrics-tls must be auto, on or off, not \"" + given + "\"");
  if (!certificates) return Fail("--metrics-tls: there are no certificates: see --tls-cert");
  return true;
}

Result<void> ReadQuotas(const daemon::Settings& settings, fleet::Quotas& quotas) {
  const auto rows = fleet::QuotaRows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto given = settings.find(rows[i].key);
    if (given == settings.end()) continue;
    LOADCTL_CHECK_OK(quotas.Set(static_cast<fleet::Quota>(i), given->second));
  }
  return {};
}

Result<void> ReadAddresses(daemon::Settings& settings, ControllerOptions& options) {
  options.listen = settings.contains("listen") ? settings["listen"] : kDefaultAddress;
  if (const auto good = daemon::ParseEndpoint(options.listen); !good)
    return tl::unexpected(good.error().While("--listen"));
  LOADCTL_TRY(options.tls,
              daemon::TlsFiles::Load(
                  {settings["tls-cert"], settings["tls-key"], settings["tls-ca"]}, options.listen));
  options.metrics_address = settings["metrics-address"];
  if (options.metrics_address.empty()) return {};
  if (const auto good = daemon::ParseEndpoint(options.metrics_address); !good)
    return tl::unexpected(good.error().While("--metrics-address"));
  LOADCTL_TRY(options.metrics_tls, HasMetricsTls(settings["metrics-tls"], options.metrics_address,
                                                 !options.tls->Current().plaintext()));
  return {};
}

Result<std::chrono::milliseconds> ReadExitWhenIdle(const std::string& given) {
  constexpr std::chrono::hours kMost{24};
  if (given.empty()) return std::chrono::milliseconds(0);
  const auto time = ParseGoDuration(given);
  if (!time || *time < std::chrono::seconds(1) || *time > kMost)
    return Fail("--exit-when-idle must be a duration of 1s to 24h, not \"" + given + "\"");
  return std::chrono::duration_cast<std::chrono::milliseconds>(*time);
}

std::vector<std::string_view> AllFlags() {
  std::vector<std::string_view> flags(std::begin(kFlags), std::end(kFlags));
  for (const auto& row : fleet::QuotaRows()) flags.push_back(row.key);
  return flags;
}

}  // namespace

Result<ControllerOptions> ReadControllerOptions(std::span<const std::string> arguments) {
  LOADCTL_TRY(daemon::Settings settings, daemon::ReadDaemonFlags(arguments, AllFlags()));
  ControllerOptions options;
  LOADCTL_CHECK_OK(ReadQuotas(settings, *options.quotas));
  LOADCTL_CHECK_OK(ReadAddresses(settings, options));
  options.revoked = settings["revoked"];
  options.token_file = settings["token-file"];
  options.join_tokens = settings["join-tokens"];
  options.web_address = settings["web-address"];
  options.history = settings["history"];
  if (const std::string& file = settings["web-control"]; !file.empty()) {
    options.web_control = daemon::FindToken("", file);
    if (options.web_control.empty())
      return Fail("--web-control: " + file +
                  " holds no token, or others than its owner may write it");
    if (options.web_address.empty()) return Fail("--web-control is for the pages of --web-address");
  }
  options.audit_log = settings["audit-log"];
  LOADCTL_TRY(options.exit_when_idle, ReadExitWhenIdle(settings["exit-when-idle"]));
  LOADCTL_TRY(options.allowed_agents, ReadNames(settings["allow-agents"]));
  options.log_format = settings["log-format"];
  if (!options.log_format.empty() && options.log_format != "text" && options.log_format != "json")
    return Fail("--log-format must be text or json, not \"" + options.log_format + "\"");
  if (!options.allowed_agents.empty() && options.tls->Current().plaintext() &&
      options.join_tokens.empty()) {
    return Fail("--allow-agents: agents have names by certificates or join tokens only");
  }
  return options;
}

std::string ControllerHelp() {
  std::string text;
  text.append(kIntro).append(kOutro);
  constexpr std::size_t kColumn = 35, kWidth = 100;
  for (const auto& row : fleet::QuotaRows()) {
    std::string line = "      --" + std::string(row.key);
    line += std::string(line.size() < kColumn ? kColumn - line.size() : 1, ' ');
    const std::string whole =
        std::string(row.help) + " (default " + fleet::ShowQuota(row, row.usual) + ")";
    std::string_view rest = whole;
    while (line.size() + rest.size() > kWidth) {
      const auto cut = rest.rfind(' ', kWidth - line.size());
      text += line + std::string(rest.substr(0, cut)) + "\n";
      rest.remove_prefix(cut + 1);
      line = std::string(kColumn, ' ');
    }
    text += line + std::string(rest) + "\n";
  }
  return text + kNotes;
}

}  // namespace loadctl::cli
