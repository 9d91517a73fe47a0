#include "fs/random_name.hpp"

#include <nacre/base/random.hpp>

#include <array>

namespace nacre::fs {

std::string random_digits(std::size_t count) {
    std::string text;
    while (text.size() < count) {
        std::array<std::uint8_t, 4> random;
        system_rng().fill(random);
        for (const std::uint8_t byte : random)
            for (const int digit : {byte >> 4, byte & 15})
                text.push_back("0123456789abcdef"[digit]);
    }
    text.resize(count);
    return text;
}

}  // namespace nacre::fs
