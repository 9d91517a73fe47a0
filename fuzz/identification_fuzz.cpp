// Target functions: IdentificationReader::read.
// However the bytes are divided, the same identification is found or the same error.
#include "fuzz.hpp"
#include "transport/identification.hpp"

using namespace nacre;

namespace {

struct Outcome {
    std::optional<std::string> text;
    std::optional<Errc> error;
    bool operator==(const Outcome&) const = default;
};

Outcome read(Role role, ByteView bytes, std::size_t chunk) {
    IdentificationReader reader(role);
    std::size_t done = 0;
    for (std::size_t end = std::min(chunk, bytes.size());;
         end = std::min(end + chunk, bytes.size())) {
        const auto found = reader.read(bytes.subspan(done, end - done));
        if (!found) return {{}, found.error().code};
        done += found->consumed;
        NACRE_FUZZ_CHECK(done <= end);
        if (found->text) return {found->text, {}};
        if (end == bytes.size()) return {};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    const Role role = input.flag() ? Role::server : Role::client;
    const std::size_t chunk = 1 + input.u8();
    const ByteView bytes = input.rest();
    const Outcome whole = read(role, bytes, bytes.size() + 1);
    if (whole.text) {
        NACRE_FUZZ_CHECK(whole.text->size() + 2 <= kMaxIdentification);
        NACRE_FUZZ_CHECK(whole.text->find('\n') == std::string::npos);
        NACRE_FUZZ_CHECK(read(role, bytes, chunk) == whole);
    }
    return 0;
}
