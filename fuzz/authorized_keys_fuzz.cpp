// Target functions: parse_authorized_keys, parse_key_options.
// An input is an authorized_keys file.

#include "fuzz.hpp"

#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/public_key.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const auto text = as_text({data, size});
    const auto options = parse_key_options(text);
    if (options) NACRE_FUZZ_CHECK(!options->empty());

    const auto keys = parse_authorized_keys(text);
    if (!keys) return 0;
    std::uint32_t line = 0;
    for (const AuthorizedKey& key : keys->keys) {
        NACRE_FUZZ_CHECK(key.line > line);
        line = key.line;
        const auto type = public_blob_type(key.blob);
        NACRE_FUZZ_CHECK(type && *type == key.type && !is_certificate_type(*type));
        // With an option in front that nobody knows the same key must grant nothing.
        if (text.size() > 10000) continue;
        const std::string plain = public_key_line(key.type, key.blob, key.comment);
        const auto same = parse_authorized_keys(plain);
        NACRE_FUZZ_CHECK(same && same->keys.size() == 1);
        const auto unknown = parse_authorized_keys("made-up " + plain);
        NACRE_FUZZ_CHECK(unknown && unknown->keys.empty() && unknown->skipped.size() == 1);
        const auto restricted = parse_authorized_keys("restrict " + plain);
        NACRE_FUZZ_CHECK(restricted && restricted->keys.size() == 1);
        NACRE_FUZZ_CHECK(!restricted->keys[0].options.restrictions.pty);
    }
    for (const SkippedLine& skipped : keys->skipped)
        for (const char c : skipped.reason) NACRE_FUZZ_CHECK(c >= ' ' && c < '\x7f');
    return 0;
}
