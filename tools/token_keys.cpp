#include "token_keys.hpp"

#ifdef NACRE_HAS_PKCS11
#include <nacre/fs/key_files.hpp>
#include <nacre/pkcs11/token.hpp>

#include <algorithm>
#endif

namespace nacre::tools {

#ifdef NACRE_HAS_PKCS11

namespace {

std::optional<SecretBytes> first_line(const std::string& path) {
    const auto file = read_host_key_file(path);
    if (!file) return std::nullopt;
    const ByteView text = (*file).view();
    const auto end = std::find(text.begin(), text.end(), std::uint8_t{'\n'});
    return SecretBytes(text.first(static_cast<std::size_t>(end - text.begin())));
}

}  // namespace

Result<std::vector<std::shared_ptr<Signer>>> token_signers(const std::string& uri, AskTokenPin ask,
                                                           const Provider& provider) {
    NACRE_TRY(const auto wanted, pkcs11::parse_uri(uri));
    if (!wanted.pin_file.empty())
        ask = [file = wanted.pin_file](const std::string&) { return first_line(file); };
    return pkcs11::make_signers(wanted, std::move(ask), provider);
}

#else

Result<std::vector<std::shared_ptr<Signer>>> token_signers(const std::string&, AskTokenPin,
                                                           const Provider&) {
    return Error{Errc::unsupported, Disconnect::none, 0, "this was built without PKCS#11"};
}

#endif

}  // namespace nacre::tools
