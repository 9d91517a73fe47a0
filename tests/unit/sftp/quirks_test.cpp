#include "sftp/quirks.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::sftp;

namespace {
constexpr const char* kOurs = "SSH-2.0-Nacre_0.1.0";
}

TEST_CASE("symbolic links are made as the client means them", "[sftp][quirks]") {
    for (const auto* client :
         {"", "SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-PuTTY_Release_0.78", "SSH-2.0-JSCH_0.2.0",
          "SSH-2.0-paramiko_2.12.0", "SSH-2.0-Go", "SSH-2.0-lftp", "OpenSSH", "SSH-2.0-NotTwisted"})
        CHECK(client_quirks(client, kOurs).symlink_target_first);
    CHECK_FALSE(client_quirks("SSH-2.0-Twisted_22.4.0", kOurs).symlink_target_first);
    // These take servers for what they call themselves.
    for (const auto* client : {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-WinSCP_release_6.1",
                               "SSH-2.0-libssh_0.10.6", "SSH-2.0-libssh-0.5.2"}) {
        CHECK_FALSE(client_quirks(client, kOurs).symlink_target_first);
        CHECK(client_quirks(client, "SSH-2.0-Nacre_0.1.0 as OpenSSH").symlink_target_first);
    }
    CHECK_FALSE(server_quirks("SSH-2.0-AsyncSSH_2.10.1", kOurs).symlink_target_first);
    CHECK(server_quirks("SSH-2.0-mod_sftp", kOurs).symlink_target_first);
    CHECK(server_quirks("SSH-2.0-OpenSSH_9.2p1", kOurs).symlink_target_first);
}

TEST_CASE("only some have two words of attribute bits in version 5", "[sftp][quirks]") {
    CHECK(client_quirks("SSH-2.0-AsyncSSH_2.10.1", kOurs).two_words_of_bits);
    CHECK(server_quirks("SSH-2.0-AsyncSSH_2.10.1", kOurs).two_words_of_bits);
    CHECK(server_quirks("SSH-2.0-mod_sftp/1.0.0", kOurs).two_words_of_bits);
    CHECK_FALSE(client_quirks("SSH-2.0-OpenSSH_9.2p1", kOurs).two_words_of_bits);
    CHECK_FALSE(server_quirks("", kOurs).two_words_of_bits);
}

TEST_CASE("long listings go to those who are known to take them", "[sftp][quirks]") {
    CHECK(client_quirks("SSH-2.0-OpenSSH_7.4", kOurs).name_reply == 261120);
    CHECK(client_quirks("SSH-2.0-WinSCP_release_6.1", kOurs).name_reply == 34000);
    CHECK(client_quirks("", kOurs).name_reply == 34000);
}
