// An input is the text of a name-list.

#include "fuzz.hpp"

#include <nacre/wire/name_list.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const std::string text(as_text({data, size}));
    const NameList list(text);
    const auto names = list.names();
    if (!list.well_formed()) {
        NACRE_FUZZ_CHECK(!list.empty());
        return 0;
    }

    // A comma at the end is no name.
    const bool comma = text.ends_with(',');
    NACRE_FUZZ_CHECK(join_names(names) == text.substr(0, text.size() - (comma ? 1 : 0)));
    NACRE_FUZZ_CHECK(list.empty() == names.empty());
    NACRE_FUZZ_CHECK(!list.contains(""));
    if (!names.empty()) NACRE_FUZZ_CHECK(list.first() == names.front());
    for (const auto& name : names) {
        NACRE_FUZZ_CHECK(!name.empty() && name.size() <= kMaxNameLength);
        NACRE_FUZZ_CHECK(name.find_first_of(", \t\r\n") == std::string::npos);
        NACRE_FUZZ_CHECK(NameList(name).well_formed());
        // For every name of a hostile list this would take quadratic time.
        if (names.size() < 100) NACRE_FUZZ_CHECK(list.contains(name));
    }
    return 0;
}
