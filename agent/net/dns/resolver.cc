#include "agent/net/dns/resolver.h"

#include <algorithm>

#include "agent/net/socket/ascii.h"

namespace loadctl::net {
namespace {

/// k6's patterns: `*` in front stands for anything, `*.example.com` for all names below it.
bool Covers(std::string_view pattern, std::string_view host) {
  if (pattern.empty() || pattern[0] != '*') return EqualsIgnoreCase(pattern, host);
  pattern.remove_prefix(1);
  return host.size() >= pattern.size() &&
         EqualsIgnoreCase(host.substr(host.size() - pattern.size()), pattern);
}

}  // namespace

Resolution FixedResolver::Resolve(std::string_view host, std::uint16_t port, Wait&) {
  if (const auto literal = IpAddress::Parse(host)) return {true, {*literal, port}, {}};
  if (const auto found = table_.find(host); found != table_.end()) {
    return {true, {found->second, port}, {}};
  }
  return {false, {}, NoSuchHost(host)};
}

const RuledResolver::Target* RuledResolver::FindHost(std::string_view key) const {
  if (const auto exact = rules_.hosts.find(key); exact != rules_.hosts.end()) {
    return &exact->second;
  }
  const Target* best = nullptr;
  std::size_t best_size = 0;
  for (const auto& [pattern, target] : rules_.hosts) {
    if (Covers(pattern, key) && pattern.size() > best_size) {
      best = &target;
      best_size = pattern.size();
    }
  }
  return best;
}

const std::string* RuledResolver::FindBlocked(std::string_view host) const {
  const auto found =
      std::find_if(rules_.blocked.begin(), rules_.blocked.end(),
                   [&](const std::string& pattern) { return Covers(pattern, host); });
  return found == rules_.blocked.end() ? nullptr : &*found;
}

Resolution RuledResolver::Checked(Resolution resolution) const {
  if (!resolution.found) return resolution;
  for (const Network& network : rules_.blacklist) {
    if (!network.Contains(resolution.endpoint.address)) continue;
    return {false,
            {},
            {Outcome::kTransportError, code::kBlacklistedIp, "ip is blacklisted",
             "IP (" + resolution.endpoint.address.ToString() + ") is in a blacklisted range (" +
                 network.text + ")"}};
  }
  if (std::string why = ProcessFence().WhyClosed(resolution.endpoint.address); !why.empty()) {
    return {false, {}, {Outcome::kTransportError, code::kBlacklistedIp, "ip is blacklisted", why}};
  }
  return resolution;
}

/// Ranges of addresses say nothing of it; the process's fence does.
Resolution RuledResolver::SocketOf(const Target& target) {
  std::string why = ProcessFence().WhyClosed(std::string_view(target.path));
  if (why.empty()) return {true, {{}, 0, target.path}, {}};
  return {false, {}, {Outcome::kTransportError, code::kBlacklistedIp, "ip is blacklisted", why}};
}

Resolution RuledResolver::Resolve(std::string_view host, std::uint16_t port, Wait& wait) {
  if (!rules_.blocked.empty() && !IpAddress::Parse(host)) {
    if (const std::string* pattern = FindBlocked(host)) {
      return {false,
              {},
              {Outcome::kTransportError, code::kBlockedHostname, "hostname is blocked",
               "hostname (" + std::string(host) + ") is in a blocked pattern (" + *pattern + ")"}};
    }
  }
  if (!rules_.hosts.empty()) {
    const bool v6 = host.find(':') != std::string_view::npos;
    const std::string name = v6 ? '[' + std::string(host) + ']' : std::string(host);
    const Target* target = FindHost(name + ':' + std::to_string(port));
    if (target == nullptr) target = FindHost(host);
    if (target != nullptr && !target->path.empty()) return SocketOf(*target);
    if (target != nullptr) {
      return Checked({true, {target->address, target->port != 0 ? target->port : port}, {}});
    }
  }
  return Checked(next_.Resolve(host, port, wait));
}

}  // namespace loadctl::net
