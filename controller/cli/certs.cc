// `loadctl certs DIR`: an authority of one's own, and a certificate for each kind of program.
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/owned.h"
#include "common/daemon/identity.h"
#include "common/daemon/pem.h"
#include "common/text/flags.h"
#include "common/text/number.h"
#include "common/text/plural.h"
#include "controller/cli/commands.h"

namespace loadctl::cli {
namespace {

constexpr char kIntro[] =
    R"(Make the certificates that controller, agents and clients trust each other by.

Usage:
  loadctl certs [flags] DIR
  loadctl certs --issue ROLE --name NAME [flags] DIR

Flags:
)";
constexpr text::Flag kFlags[] = {
    {"host", 0, "NAME",
     "name or address under which the controller is dialled; may be repeated (localhost, 127.0.0.1 "
     "and "
     "::1 always are among them)"},
    {"issue", 0, "ROLE",
     "sign one more certificate, of an agent, client or controller, with the authority in DIR"},
    {"name", 0, "NAME", "of --issue: whose it is, and the name of its files"},
    {"rights", 0, "LIST", "what clients may do: run, watch, stop-any, or none (default run,watch)"},
    {"days", 0, "N", "how long the certificates are valid (default 365)"},
    text::Switch("help", 'h', "this text"),
};
constexpr char kOutro[] = R"(
Makes DIR/ca.pem and ca.key, and controller, agent and client, each with .pem and .key: ECDSA P-256.
Nothing that exists is overwritten. Keep ca.key away from the machines that run tests; each of them
needs ca.pem and its own two files.
)";

// Clocks of machines differ a little.
constexpr long kHeadStart = -5 * 60;

using daemon::Certificate;
using daemon::Key;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;

struct Arguments {
  std::string folder;
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};
  std::int64_t days = 365;
  std::string issue, name;
  daemon::Rights rights{true, true, false};
  bool help = false;
};

Result<void> CheckHost(const std::string& host) {
  const bool good = !host.empty() && host.size() <= 253 &&
                    host.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-:*") == std::string::npos;
  if (!good) return Fail("--host: \"" + host + "\" is no name or address of a machine");
  return {};
}

Result<daemon::Role> RoleOf(const std::string& word) {
  for (const auto role : {daemon::Role::kController, daemon::Role::kAgent, daemon::Role::kClient})
    if (word == daemon::RoleName(role)) return role;
  return Fail("--issue: \"" + word + "\" is no role: use agent, client or controller");
}

/// Of a person or a machine; it also names files.
Result<void> CheckName(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 48 && name[0] != '.' && name != "ca" &&
                    name.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") ==
                        std::string::npos;
  if (!good) return Fail("--name: use up to 48 letters, digits and ._@-");
  return {};
}

Result<Arguments> Parse(std::span<const std::string> given) {
  LOADCTL_TRY(const text::GivenFlags flags, text::ParseFlags(kFlags, given));
  Arguments out;
  out.help = flags.IsOn("help");
  if (out.help) return out;
  for (const std::string& host : flags.All("host")) {
    LOADCTL_CHECK_OK(CheckHost(host));
    out.hosts.push_back(host);
  }
  if (flags.Has("days")) {
    out.days = text::ParseGoInt(flags.Last("days")).value_or(0);
    if (out.days < 1 || out.days > 9999) return Fail("--days must be a number of 1 to 9999");
  }
  if (flags.arguments().empty()) return Fail("a folder is needed: loadctl certs DIR");
  if (flags.arguments().size() > 1) return Fail("one folder is expected, not two");
  out.folder = flags.arguments().front();
  if (flags.Has("rights")) {
    LOADCTL_TRY(out.rights, daemon::ParseRights(flags.Last("rights")));
  }
  out.issue = flags.Last("issue");
  out.name = flags.Last("name");
  if (out.issue.empty() != out.name.empty()) return Fail("--issue and --name go together");
  if (out.issue.empty()) return out;
  LOADCTL_TRY([[maybe_unused]] const auto role, RoleOf(out.issue));
  LOADCTL_CHECK_OK(CheckName(out.name));
  return out;
}

/// A certificate and the key that it is for.
struct Issued {
  Key key;
  Certificate certificate;
};

bool AddExtension(X509& to, X509& issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension && X509_add_ext(&to, extension.get(), -1) == 1;
}

bool SetName(X509_NAME* name, const std::string& common_name) {
  const auto put = [&](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                      0) == 1;
  };
  return put("O", "loadctl") && put("CN", common_name);
}

bool SetSerial(X509& certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  const Owned<BIGNUM, BN_free> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

std::string AlternativeNames(const std::vector<std::string>& hosts) {
  std::string names;
  for (const auto& host : hosts) {
    in6_addr unused{};
    const bool address = inet_pton(AF_INET, host.c_str(), &unused) == 1 ||
                         inet_pton(AF_INET6, host.c_str(), &unused) == 1;
    names += (names.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + host;
  }
  return names;
}

/// `issuer` null: signs itself, an authority.
Result<Issued> Make(const std::string& name, const Issued* issuer, const Arguments& arguments,
                    std::optional<daemon::Role> role = std::nullopt) {
  const auto failed = [&] { return Fail("OpenSSL could not make the certificate of " + name); };
  Issued made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  if (!made.key || !made.certificate) return failed();
  X509& own = *made.certificate;
  X509& from = issuer == nullptr ? own : *issuer->certificate;
  X509_set_version(&own, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(&own), kHeadStart);
  X509_time_adj_ex(X509_getm_notAfter(&own), static_cast<int>(arguments.days), 0, nullptr);
  if (!SetSerial(own) || X509_set_pubkey(&own, made.key.get()) != 1 ||
      !SetName(X509_get_subject_name(&own), arguments.issue.empty() ? "loadctl " + name : name) ||
      X509_set_issuer_name(&own, X509_get_subject_name(&from)) != 1) {
    return failed();
  }
  bool good = true;
  const auto add = [&](int id, const std::string& value) {
    good = good && AddExtension(own, from, id, value);
  };
  add(NID_subject_key_identifier, "hash");
  if (issuer == nullptr) {
    add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add(NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add(NID_authority_key_identifier, "keyid");
    add(NID_basic_constraints, "critical,CA:FALSE");
    add(NID_key_usage, "critical,digitalSignature");
    const bool server = role == daemon::Role::kController;
    add(NID_ext_key_usage, server ? "serverAuth" : "clientAuth");
    const daemon::Rights none;
    add(NID_subject_alt_name,
        daemon::AlternativeNamesOf(*role, role == daemon::Role::kClient ? arguments.rights : none) +
            (server ? "," + AlternativeNames(arguments.hosts) : ""));
  }
  EVP_PKEY* signer = issuer == nullptr ? made.key.get() : issuer->key.get();
  if (!good || X509_sign(&own, signer, EVP_sha256()) == 0) return failed();
  return made;
}

Result<void> WriteNew(const std::string& path, const std::string& text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return Fail("cannot make " + path + ": " + std::strerror(errno));
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = close(file) == 0;
  if (!written || !closed) return Fail("cannot write " + path + ": " + std::strerror(errno));
  return {};
}

Result<void> Write(const Issued& identity, const std::string& path) {
  const std::string certificate = daemon::WritePem(*identity.certificate);
  const std::string key = daemon::WritePem(*identity.key);
  if (certificate.empty() || key.empty()) return Fail("OpenSSL could not write " + path + ".pem");
  LOADCTL_CHECK_OK(WriteNew(path + ".key", key, 0600));
  return WriteNew(path + ".pem", certificate, 0644);
}

Result<void> MakeAll(const Arguments& arguments) {
  const std::string& folder = arguments.folder;
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    return Fail("cannot make the folder " + folder + ": " + std::strerror(errno));
  const char* const names[] = {"controller", "agent", "client"};
  std::vector<std::string> files = {"ca"};
  files.insert(files.end(), std::begin(names), std::end(names));
  for (const auto& file : files) {
    for (const char* ending : {".pem", ".key"}) {
      const std::string path = folder + "/" + file + ending;
      if (access(path.c_str(), F_OK) == 0)
        return Fail(path + " is there already: nothing was overwritten, choose another folder");
    }
  }
  LOADCTL_TRY(const Issued authority, Make("authority", nullptr, arguments));
  LOADCTL_CHECK_OK(Write(authority, folder + "/ca"));
  for (const std::string name : names) {
    LOADCTL_TRY(const daemon::Role role, RoleOf(name));
    LOADCTL_TRY(const Issued issued, Make(name, &authority, arguments, role));
    LOADCTL_CHECK_OK(Write(issued, folder + "/" + name));
  }
  return {};
}

/// Empty if it cannot be read.
std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// One more, signed by the authority that is there.
Result<void> IssueOne(const Arguments& arguments) {
  const std::string ca = arguments.folder + "/ca";
  const Issued authority{daemon::ReadKey(ReadText(ca + ".key")),
                         daemon::ReadCertificate(ReadText(ca + ".pem"))};
  if (!authority.certificate || !authority.key)
    return Fail("there is no authority in " + arguments.folder + ": ca.pem and ca.key are needed");
  LOADCTL_TRY(const daemon::Role role, RoleOf(arguments.issue));
  LOADCTL_TRY(const Issued issued, Make(arguments.name, &authority, arguments, role));
  return Write(issued, arguments.folder + "/" + arguments.name);
}

}  // namespace

int Certs(std::span<const std::string> given) {
  const auto arguments = Parse(given);
  if (arguments && arguments->help) {
    std::fputs((kIntro + text::DescribeFlags(kFlags) + kOutro).c_str(), stdout);
    return 0;
  }
  const auto make = [&]() -> Result<void> {
    if (!arguments) return tl::unexpected(arguments.error());
    return arguments->issue.empty() ? MakeAll(*arguments) : IssueOne(*arguments);
  };
  const auto made = make();
  if (!made) {
    std::fprintf(stderr, "loadctl certs: %s\n%s", made.error().message.c_str(),
                 arguments ? "" : "Try 'loadctl certs --help'.\n");
    return ExitStatus(made.error().code);
  }
  const std::string valid = text::Count(arguments->days, "day");
  if (!arguments->issue.empty()) {
    std::printf("made %s (.pem, .key) in %s, valid for %s\n", arguments->name.c_str(),
                arguments->folder.c_str(), valid.c_str());
    return 0;
  }
  std::printf("made ca, controller, agent and client (.pem, .key) in %s, valid for %s\n",
              arguments->folder.c_str(), valid.c_str());
  return 0;
}

}  // namespace loadctl::cli
