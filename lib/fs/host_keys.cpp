#include "fs/file_refusal.hpp"
#include "fs/owned_fd.hpp"
#include "fs/private_file.hpp"

#include <nacre/fs/key_files.hpp>
#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

namespace nacre {

namespace {

using detail::failed_call;
using detail::OwnedFd;
using detail::refused;

struct HostKey {
    const char* file;
    const char* type;
    std::uint32_t bits;
};
constexpr HostKey kHostKeys[] = {
    {"ssh_host_ed25519_key", "ssh-ed25519", 0},
    {"ssh_host_ecdsa_key", "ecdsa-sha2-nistp256", 0},
    {"ssh_host_rsa_key", "ssh-rsa", 3072},
};
constexpr mode_t kPublicMode = 0644;
constexpr mode_t kFolderMode = 0700;

// The folder and those above it that do not exist. What exists is left as it is.
std::optional<FileRefusal> make_folders(const std::string& folder) {
    for (std::size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
        const std::string part = folder.substr(0, end);
        if (::mkdir(part.c_str(), kFolderMode) != 0 && errno != EEXIST)
            return failed_call(part, "could not be made");
        if (end == std::string::npos) return std::nullopt;
    }
}

// Who may write in the folder may put another key in the place of ours.
std::optional<FileRefusal> fault_of_folder(const std::string& folder) {
    const OwnedFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0)
        return failed_call(folder, "could not be opened");
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return refused(folder, "belongs to neither the user nor root");
    if ((status.st_mode & 022) != 0) return refused(folder, "may be written by group or others");
    return std::nullopt;
}

FileResult<PrivateKey> load(const std::string& path) {
    auto file = read_host_key_file(path);
    if (!file) return file.refusal();
    auto key = read_private_key(*file);
    if (!key) return FileRefusal{key.error(), path, 0};
    return *std::move(key);
}

FileResult<PrivateKey> create(const std::string& path, const HostKey& wanted,
                              const Provider& provider, Rng& rng) {
    auto key = provider.generate(wanted.type, wanted.bits, rng);
    if (!key) return FileRefusal{key.error(), path, 0};
    const auto file = write_openssh_private_key(*key, nullptr, rng);
    if (!file) return FileRefusal{file.error(), path, 0};
    const auto written = write_private_file(path, *file, IfExists::keep);
    if (!written) return written.refusal();
    // Another process was faster.
    if (*written == Written::kept) return load(path);
    const std::string line = public_key_line(key->type, key->public_blob, key->comment);
    const auto published =
        detail::write_whole_file(path + ".pub", as_bytes(line), kPublicMode, IfExists::replace);
    if (!published) return published.refusal();
    return *std::move(key);
}

}  // namespace

FileResult<std::vector<PrivateKey>> load_or_create_host_keys(const std::string& folder,
                                                             const Provider& provider, Rng& rng) {
    if (auto failure = make_folders(folder)) return *std::move(failure);
    if (auto fault = fault_of_folder(folder)) return *std::move(fault);
    std::vector<PrivateKey> keys;
    for (const HostKey& wanted : kHostKeys) {
        const std::string path = folder + "/" + wanted.file;
        auto key = load(path);
        if (!key && key.refusal().system_error == ENOENT) key = create(path, wanted, provider, rng);
        if (!key) return key.refusal();
        if (key->type != wanted.type) return refused(path, "not a key of the type in its name");
        keys.push_back(*std::move(key));
    }
    return keys;
}

}  // namespace nacre
