#include "sftp/quirks.hpp"

#include <algorithm>
#include <span>

namespace nacre::sftp {
namespace {

/// What a peer takes of us as target and link of a SYMLINK.
enum class Symlinks : unsigned char {
    target_first,
    link_first,             ///< as the drafts say
    target_first_if_known,  ///< the former with those it takes for OpenSSH, else the latter
    target_first_if_named,  ///< the same, but it looks at the beginning of the name only
    version_3_if_known,     ///< the same, and the latter in versions 4 and 5
};

struct Peer {
    std::string_view software;  ///< how the software version begins
    Symlinks symlinks = Symlinks::target_first;
    bool two_words_of_bits = false;
    bool long_replies = false;  ///< takes messages of 256 KiB
    bool named_check_file = false;
};

// From the sources of AsyncSSH 2.10 (sftp.py), Twisted (conch/ssh/filetransfer.py), libssh
// (sftp.c), WinSCP (SftpFileSystem.cpp), ProFTPD (mod_sftp/fxp.c) and the ssh2 1.17 of npm
// (SFTP.js). OpenSSH, PuTTY, JSch, Paramiko, SSH.NET, pkg/sftp and lftp have the target first with
// everybody; so has whoever is not in the table.
constexpr Peer kClients[] = {
    {"OpenSSH", Symlinks::target_first, false, true},
    {"Nacre", Symlinks::target_first, false, true},
    {"AsyncSSH", Symlinks::version_3_if_known, true, true},
    {"Twisted", Symlinks::link_first},
    {"libssh_", Symlinks::target_first_if_known},
    {"libssh-", Symlinks::target_first_if_known},
    {"WinSCP", Symlinks::target_first_if_known},
    {"ssh2js", Symlinks::target_first_if_named},
};

constexpr Peer kServers[] = {
    // Goes by the client's name, and ours is neither OpenSSH nor Paramiko.
    {"AsyncSSH", Symlinks::version_3_if_known, true},
    {"Twisted", Symlinks::link_first},
    {"mod_sftp", Symlinks::target_first, true},
    {"ssh2js", Symlinks::target_first_if_named},
    {"paramiko", Symlinks::target_first, false, false, true},
};

constexpr std::string_view kPrefix = "SSH-2.0-";
constexpr std::size_t kLongReply = 256 * 1024 - 1024;

std::uint32_t target_first_up_to(Symlinks symlinks, std::string_view ours) noexcept {
    constexpr std::uint32_t kAll = 5;
    const bool as_openssh = ours.find("OpenSSH") != std::string_view::npos;
    switch (symlinks) {
        case Symlinks::target_first:
            return kAll;
        case Symlinks::link_first:
            return 0;
        case Symlinks::target_first_if_known:
            return as_openssh ? kAll : 0;
        case Symlinks::target_first_if_named:
            return ours.starts_with("SSH-2.0-OpenSSH") || ours.starts_with("SSH-2.0-dropbear")
                       ? kAll
                       : 0;
        case Symlinks::version_3_if_known:
            return as_openssh ? 3 : 0;
    }
    return kAll;
}

Quirks quirks_of(std::span<const Peer> table, std::string_view peer, std::string_view ours) {
    Quirks quirks;
    if (!peer.starts_with(kPrefix)) return quirks;
    peer.remove_prefix(kPrefix.size());
    const auto known = std::find_if(table.begin(), table.end(), [&](const Peer& candidate) {
        return peer.starts_with(candidate.software);
    });
    if (known == table.end()) return quirks;
    quirks.target_first_up_to = target_first_up_to(known->symlinks, ours);
    quirks.two_words_of_bits = known->two_words_of_bits;
    quirks.named_check_file = known->named_check_file;
    if (known->long_replies) quirks.name_reply = kLongReply;
    return quirks;
}

}  // namespace

Quirks client_quirks(std::string_view peer, std::string_view ours) {
    return quirks_of(kClients, peer, ours);
}

Quirks server_quirks(std::string_view peer, std::string_view ours) {
    return quirks_of(kServers, peer, ours);
}

}  // namespace nacre::sftp
