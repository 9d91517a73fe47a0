/// \file
/// The answer to one question, now or later.
#pragma once
#include <nacre/base/result.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace nacre {

/// Lets others refer to an object that may be gone when they do. The object holds a Lifeline; its
/// ref()s yield the object's address until the Lifeline is cut or destroyed. One thread.
class Lifeline {
    struct Block {
        void* target;
        std::uint32_t refs;
    };

  public:
    class Ref {
      public:
        Ref() noexcept = default;
        Ref(const Ref& other) noexcept : block_(other.block_) {
            if (block_ != nullptr) ++block_->refs;
        }
        Ref(Ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
        Ref& operator=(Ref other) noexcept {
            std::swap(block_, other.block_);
            return *this;
        }
        ~Ref() { release(block_); }
        /// The object, or nullptr when it is gone.
        void* target() const noexcept { return block_ == nullptr ? nullptr : block_->target; }

      private:
        friend class Lifeline;
        explicit Ref(Block* block) noexcept : block_(block) { ++block_->refs; }
        Block* block_ = nullptr;
    };

    explicit Lifeline(void* target) : block_(new Block{target, 1}) {}
    Lifeline(const Lifeline&) = delete;
    Lifeline& operator=(const Lifeline&) = delete;
    ~Lifeline() {
        cut();
        release(block_);
    }
    Ref ref() const noexcept { return Ref(block_); }
    /// From now on every ref yields nullptr.
    void cut() noexcept { block_->target = nullptr; }

  private:
    static void release(Block* block) noexcept {
        if (block != nullptr && --block->refs == 0) destroy(block);
    }
    // Not inline: GCC 12 does not see that the count protects the other refs, and warns of a use
    // after free at -O2.
    static void destroy(Block* block) noexcept;
    Block* block_;
};

/// Answer to one question. Move-only. Destroyed unanswered: answers Errc::closed. Answered after
/// the asker is gone: releases what the answer holds and does nothing else. May be answered inside
/// the call that handed it over. Used on the session's thread. Costs no allocation, except from().
template <class T>
class Reply {
  public:
    /// How an answer reaches the asker: `target` is what the Lifeline refers to, `token` tells the
    /// asker which of its questions this is.
    using Deliver = void (*)(void* target, std::uint64_t token, Result<T>&& answer);

    Reply() noexcept = default;
    Reply(Lifeline::Ref line, std::uint64_t token, Deliver deliver) noexcept
        : line_(std::move(line)), token_(token), deliver_(deliver) {}

    /// A reply that calls `f(Result<T>&&)` once; f lives in the reply. Allocates.
    template <class F>
    static Reply from(F f) {
        Reply reply;
        reply.owned_ = std::make_unique<Function<F>>(std::move(f));
        return reply;
    }

    Reply(Reply&& other) noexcept
        : line_(std::move(other.line_)),
          token_(other.token_),
          deliver_(std::exchange(other.deliver_, nullptr)),
          owned_(std::move(other.owned_)) {}
    Reply& operator=(Reply&& other) noexcept {
        if (this != &other) {
            drop();
            line_ = std::move(other.line_);
            token_ = other.token_;
            deliver_ = std::exchange(other.deliver_, nullptr);
            owned_ = std::move(other.owned_);
        }
        return *this;
    }
    ~Reply() { drop(); }

    /// Answers. The second and later calls do nothing. Throws std::bad_alloc if the asker finds no
    /// memory for what the answer leads to: its session has to end then.
    void operator()(Result<T> answer) {
        if (auto deliver = std::exchange(deliver_, nullptr)) {
            auto line = std::move(line_);
            if (void* target = line.target()) deliver(target, token_, std::move(answer));
        } else if (auto owned = std::move(owned_)) {
            owned->call(std::move(answer));
        }
    }
    /// Whether an answer is still owed.
    explicit operator bool() const noexcept { return deliver_ != nullptr || owned_ != nullptr; }

  private:
    struct Callable {
        virtual ~Callable() = default;
        virtual void call(Result<T>&& answer) = 0;
    };
    template <class F>
    struct Function final : Callable {
        explicit Function(F f) : f_(std::move(f)) {}
        void call(Result<T>&& answer) override { f_(std::move(answer)); }
        F f_;
    };
    void drop() noexcept {
        try {
            if (*this) (*this)(Error{Errc::closed, Disconnect::none, 0, "dropped unanswered"});
        } catch (const std::bad_alloc&) {
            // Whoever dropped it found no memory either and ends the session.
        }
    }

    Lifeline::Ref line_;
    std::uint64_t token_ = 0;
    Deliver deliver_ = nullptr;
    std::unique_ptr<Callable> owned_;
};

}  // namespace nacre
