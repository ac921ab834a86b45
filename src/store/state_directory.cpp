#include "state_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/files.hpp"
#include "base/text.hpp"

namespace retrain::store {
namespace {

constexpr std::uint64_t fuse_magic = 0x65735546;

// linux/magic.h, and for those it lacks the kernel's or the project's own sources.
constexpr std::pair<std::uint64_t, std::string_view> network_magics[] = {
    {0x6969, "nfs"},      {0x517b, "smb"},        {0xff534d42, "cifs"}, {0xfe534d42, "smb2"},   {0x01021997, "9p"},
    {0x00c36400, "ceph"}, {0x0bd00bd0, "lustre"}, {0x5346414f, "afs"},  {0x6b414653, "afs"},    {0x73757245, "coda"},
    {0x47504653, "gpfs"}, {0x7461636f, "ocfs2"},  {0x01161970, "gfs2"}, {0x19830326, "beegfs"},
};

constexpr std::string_view network_fuses[] = {
    "fuse.sshfs",         "fuse.s3fs",    "fuse.rclone", "fuse.glusterfs", "fuse.ceph-fuse",
    "fuse.ceph",          "fuse.gcsfuse", "fuse.goofys", "fuse.davfs2",    "fuse.curlftpfs",
    "fuse.smbnetfs",      "fuse.juicefs", "fuse.mfs",    "fuse.blobfuse2", "fuse.mount-s3",
    "fuse.mountpoint-s3", "fuse.beegfs",  "fuse.hdfs",   "fuse.lizardfs",  "fuse.seaweedfs",
};

Status check_filesystem(const std::string& path) {
  struct statfs system{};
  if (::statfs(path.c_str(), &system) != 0) return base::file_error(errno, "read", path);
  const auto magic = static_cast<std::uint64_t>(static_cast<std::uint32_t>(system.f_type));
  std::string type;
  if (const auto name = network_filesystem(magic)) {
    type = *name;
  } else if (magic == fuse_magic) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return base::file_error(errno, "read", path);
    std::ifstream mounts("/proc/self/mountinfo");
    const std::string text{std::istreambuf_iterator<char>(mounts), {}};
    const std::string mounted = mount_type(text, major(info.st_dev), minor(info.st_dev));
    if (network_fuse(mounted)) type = mounted;
  }
  if (type.empty()) return {};
  return {StatusCode::invalid_argument, path + " lies on a network file system (" + type + "), where locks do not hold"};
}

Status check_folder(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return base::file_error(errno, "read", path);
  if (S_ISLNK(info.st_mode)) return {StatusCode::invalid_argument, path + " is a symbolic link"};
  if (!S_ISDIR(info.st_mode)) return {StatusCode::invalid_argument, path + " is not a folder"};
  if (info.st_uid != ::geteuid()) return {StatusCode::invalid_argument, path + " belongs to user " + std::to_string(info.st_uid)};
  if ((info.st_mode & 022) != 0) return {StatusCode::invalid_argument, path + " is writable by others"};
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) return base::file_error(errno, "write to", path);
  return {};
}

Status prepare_folder(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    if (Status status = base::make_directory(path); !status) return status;
    if (::chmod(path.c_str(), 0700) != 0) return base::file_error(errno, "create", path);  // whatever the umask
  }
  return check_folder(path);
}

}  // namespace

std::optional<std::string_view> network_filesystem(std::uint64_t magic) {
  for (const auto& [known, name] : network_magics) {
    if (known == magic) return name;
  }
  return std::nullopt;
}

bool network_fuse(std::string_view type) {
  return std::find(std::begin(network_fuses), std::end(network_fuses), type) != std::end(network_fuses);
}

std::string mount_type(std::string_view mountinfo, unsigned major, unsigned minor) {
  // "36 35 98:0 /root /mount options - type source superoptions": the optional fields before "-" vary in number.
  const std::string device = std::to_string(major) + ":" + std::to_string(minor);
  for (const std::string_view line : base::split(mountinfo, '\n')) {
    const std::vector<std::string_view> fields = base::split(line, ' ');
    if (fields.size() < 3 || fields[2] != device) continue;
    const auto dash = std::find(fields.begin() + 3, fields.end(), "-");
    if (dash != fields.end() && dash + 1 != fields.end()) return std::string(*(dash + 1));
  }
  return {};
}

Status prepare_state_directory(const std::string& directory) {
  std::string path = directory;
  while (path.size() > 1 && path.back() == '/') path.pop_back();  // lstat would follow "link/"
  if (path.empty()) return {StatusCode::invalid_argument, "the state directory has an empty name"};
  if (Status status = prepare_folder(path); !status) return status;
  if (Status status = check_filesystem(path); !status) return status;
  for (const char* const name : {"models", "production", "evaluations", "owners"}) {
    if (Status status = prepare_folder(path + "/" + name); !status) return status;
  }
  return {};
}

}  // namespace retrain::store
