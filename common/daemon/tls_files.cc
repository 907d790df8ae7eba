#include "common/daemon/tls_files.h"

#include <utility>

#include "common/daemon/file_stamp.h"

namespace loadctl::daemon {

Result<std::shared_ptr<TlsFiles>> TlsFiles::Load(Tls files, std::string address,
                                                 OwnCertificate own) {
  std::shared_ptr<TlsFiles> made(new TlsFiles(std::move(files), std::move(address), own));
  made->stamp_ = made->Stamp();
  LOADCTL_TRY(made->current_, LoadTls(made->files_, made->address_, own));
  return made;
}

TlsFiles::TlsFiles(Tls files, std::string address, OwnCertificate own)
    : files_(std::move(files)), address_(std::move(address)), own_(own) {}

std::string TlsFiles::Stamp() const {
  std::string stamp;
  for (const std::string* file : {&files_.cert, &files_.key, &files_.ca})
    if (!file->empty()) stamp += StampOf(*file) + "|";
  return stamp;
}

Tls TlsFiles::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<bool> TlsFiles::Refresh(bool anyway) {
  const std::lock_guard lock(mutex_);
  std::string stamp = Stamp();
  if (!anyway && stamp == stamp_) return false;
  stamp_ = std::move(stamp);
  LOADCTL_TRY(Tls fresh, LoadTls(files_, address_, own_));
  const bool others =
      fresh.cert != current_.cert || fresh.key != current_.key || fresh.ca != current_.ca;
  current_ = std::move(fresh);
  return others;
}

}  // namespace loadctl::daemon
