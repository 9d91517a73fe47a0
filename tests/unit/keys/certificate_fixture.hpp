/// \file
/// The files of tests/keys/certificates/, and ssh-keygen.
#pragma once
#include "unit/keys/key_fixture.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/private_key.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace nacre::test {

inline Bytes certificate_blob(const std::string& name) {
    return public_half("certificates/" + name + "-cert").blob;
}

inline std::shared_ptr<const PublicKey> certificate_key(const std::string& name) {
    auto key = botan_provider().public_key(certificate_blob(name));
    REQUIRE(key.has_value());
    REQUIRE((*key)->certificate() != nullptr);
    return *std::move(key);
}

inline std::shared_ptr<Signer> signer_of(const std::string& name) {
    const auto key = read_private_key(as_bytes(key_file(name)));
    REQUIRE(key.has_value());
    auto signer = botan_provider().signer(*key);
    REQUIRE(signer.has_value());
    return *std::move(signer);
}

/// What `ssh-keygen OPTIONS FILE MORE` prints, FILE holding `text`; nothing when there is none.
inline std::string ssh_keygen(const std::string& options, std::string_view text,
                              const std::string& more = {}) {
    if (std::system("command -v ssh-keygen > /dev/null") != 0) return {};
    std::string path = (std::filesystem::temp_directory_path() / "nacre-key-XXXXXX").string();
    const int fd = ::mkstemp(path.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
    const std::string command = "TZ=UTC ssh-keygen " + options + " " + path + " " + more + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string said;
    std::array<char, 4096> part{};
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe))
        said.append(part.data(), n);
    ::pclose(pipe);
    ::unlink(path.c_str());
    return said;
}

}  // namespace nacre::test
