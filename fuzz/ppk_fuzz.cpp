// Target functions: read_ppk, write_ppk.
// An input is a PuTTY private key file. Encrypted ones are followed up to the question for the
// passphrase. The MAC of one in clear needs no secret, so it is made right before a second try.

#include "fuzz.hpp"
#include "nacre-keys/ppk_protection.hpp"

#include <nacre/keys/ppk.hpp>

namespace {

void check(nacre::ByteView input) {
    using namespace nacre;
    const auto key = read_ppk(input);
    if (!key) {
        NACRE_FUZZ_CHECK(*key.error().what != '\0');
        return;
    }
    const auto written = write_ppk(*key, nullptr, system_rng());
    NACRE_FUZZ_CHECK(written);
    if (written->size() > kMaxKeyFile) return;
    const auto again = read_ppk(*written);
    NACRE_FUZZ_CHECK(again && again->public_blob == key->public_blob);
    NACRE_FUZZ_CHECK(same_bytes(again->fields, key->fields));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const ByteView input(data, size);
    check(input);
    auto file = detail::parse_ppk(as_text(input));
    if (!file || file->encrypted) return 0;
    file->version = 3;
    const auto mac = detail::ppk_mac(*file, file->private_blob, {});
    NACRE_FUZZ_CHECK(mac);
    file->mac = *mac;
    const auto repaired = detail::format_ppk(*file);
    NACRE_FUZZ_CHECK(repaired);
    check(*repaired);
    return 0;
}
