#include <nacre/base/reply.hpp>

namespace nacre {

void Lifeline::destroy(Block* block) noexcept {
    delete block;
}

}  // namespace nacre
