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
        CHECK(client_quirks(client, kOurs).target_first_up_to == 5);
    CHECK(client_quirks("SSH-2.0-Twisted_22.4.0", kOurs).target_first_up_to == 0);
    for (const auto& quirks : {&client_quirks, &server_quirks}) {
        CHECK(quirks("SSH-2.0-ssh2js1.17.0", kOurs).target_first_up_to == 0);
        CHECK(quirks("SSH-2.0-ssh2js1.17.0", "SSH-2.0-Nacre_1 as OpenSSH").target_first_up_to == 0);
        CHECK(quirks("SSH-2.0-ssh2js1.17.0", "SSH-2.0-OpenSSH_9.2").target_first_up_to == 5);
        CHECK(quirks("SSH-2.0-ssh2js1.17.0", "SSH-2.0-dropbear").target_first_up_to == 5);
    }
    // These take servers for what they call themselves.
    for (const auto* client : {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-WinSCP_release_6.1",
                               "SSH-2.0-libssh_0.10.6", "SSH-2.0-libssh-0.5.2"}) {
        CHECK(client_quirks(client, kOurs).target_first_up_to == 0);
        const auto known = client_quirks(client, "SSH-2.0-Nacre_0.1.0 as OpenSSH");
        // AsyncSSH does as the drafts say in versions 4 and 5 whatever the server is.
        const bool asyncssh = std::string_view(client).find("Async") != std::string_view::npos;
        CHECK(known.target_first_up_to == (asyncssh ? 3 : 5));
    }
    CHECK(server_quirks("SSH-2.0-AsyncSSH_2.10.1", kOurs).target_first_up_to == 0);
    CHECK(server_quirks("SSH-2.0-mod_sftp", kOurs).target_first_up_to == 5);
    CHECK(server_quirks("SSH-2.0-OpenSSH_9.2p1", kOurs).target_first_up_to == 5);
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
