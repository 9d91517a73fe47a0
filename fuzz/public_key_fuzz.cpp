// Target functions: parse_public_key_file, public_blob_type, and the writers of both forms.
// An input is a public key file, and also taken as a blob.

#include "fuzz.hpp"

#include <nacre/keys/public_key.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const ByteView input(data, size);
    if (const auto type = public_blob_type(input)) NACRE_FUZZ_CHECK(type->size() + 4 < size);

    const auto key = parse_public_key_file(as_text(input));
    if (!key) return 0;
    const auto type = public_blob_type(key->blob);
    NACRE_FUZZ_CHECK(type && *type == key->type);
    const std::string line = public_key_line(key->type, key->blob, key->comment);
    NACRE_FUZZ_CHECK(line.find('\n') == line.size() - 1);
    for (const std::string& text : {line, rfc4716_public_key(key->blob, key->comment)}) {
        if (text.size() > kMaxPublicKeyFile) continue;
        const auto again = parse_public_key_file(text);
        NACRE_FUZZ_CHECK(again && again->type == key->type && again->blob == key->blob);
    }
    NACRE_FUZZ_CHECK(fingerprint_sha256(key->blob).size() == 7 + 43);
    return 0;
}
