#include "passphrases.hpp"

#include "../terminal.hpp"
#include "files.hpp"

#include <algorithm>

namespace nacre::tools {

namespace {

constexpr std::size_t kMaxPassphraseFile = 64 * 1024;

Outcome<SecretBytes> first_line(const std::string& path) {
    auto file = read_file(path, kMaxPassphraseFile);
    if (!file) return file.why();
    const ByteView text = file->view();
    auto end = std::find(text.begin(), text.end(), std::uint8_t{'\n'});
    if (end != text.begin() && *(end - 1) == '\r') --end;
    return SecretBytes(text.first(static_cast<std::size_t>(end - text.begin())));
}

}  // namespace

Outcome<Passphrase> Passphrase::from(const Arguments& arguments) {
    Passphrase passphrase;
    if (const auto path = arguments.value(kPassphraseFile.name)) {
        auto line = first_line(*path);
        if (!line) return line.why();
        passphrase.given_ = *std::move(line);
    }
    return passphrase;
}

AskPassphrase Passphrase::asker(const std::string& path) const {
    return [this, path]() -> std::optional<SecretBytes> {
        if (given_) return given_->copy();
        return ask_terminal("Passphrase of " + safe_line(path) + ": ", false);
    };
}

Outcome<std::optional<SecretBytes>> new_passphrase(const Arguments& arguments) {
    const auto path = arguments.value(kNewPassphraseFile.name);
    const bool none = arguments.has(kNoPassphrase.name);
    if (path && none) return wrong_usage("--new-passphrase-file and --no-passphrase");
    if (none) return std::optional<SecretBytes>();
    if (path) {
        auto line = first_line(*path);
        if (!line) return line.why();
        if (line->empty()) return refusal(*path, std::string("the passphrase is empty"));
        return std::optional<SecretBytes>(*std::move(line));
    }
    auto once = ask_terminal("New passphrase (empty for none): ", false);
    if (!once)
        return Refusal{
            "no terminal to ask for the new passphrase: --new-passphrase-file or "
            "--no-passphrase"};
    const auto again = ask_terminal("The same again: ", false);
    if (!again || !same_secret(*once, *again)) return Refusal{"the new passphrases differ"};
    if (once->empty()) return std::optional<SecretBytes>();
    return once;
}

}  // namespace nacre::tools
