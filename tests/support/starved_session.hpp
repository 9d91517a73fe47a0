/// \file
/// A session in whose calls one allocation fails. For programs built with alloc_failure.cpp.
#pragma once
#include "support/alloc_failure.hpp"

#include <nacre/session/session.hpp>

#include <type_traits>

namespace nacre::test {

/// Which allocation fails, counted over all calls of a session.
struct StarvationPlan {
    std::size_t fail_at = AllocFailure::kNever;  ///< from 0
    std::size_t made = 0;

    bool failed() const noexcept { return made > fail_at; }
};

class StarvedSession final : public Session {
  public:
    StarvedSession(std::unique_ptr<Session> inner, StarvationPlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}

    const SessionInfo& info() const noexcept override { return inner_->info(); }
    ByteSpan rx_space(std::size_t min) override {
        return starving([&] { return inner_->rx_space(min); });
    }
    Result<void> rx_commit(std::size_t n, Instant now) override {
        return starving([&] { return inner_->rx_commit(n, now); });
    }
    void rx_eof(Instant now) noexcept override {
        starving([&] { inner_->rx_eof(now); });
    }
    std::size_t rx_held() const noexcept override { return 0; }
    bool rx_wanted() const noexcept override { return inner_->rx_wanted(); }
    std::size_t tx_slices(std::span<ConstBuf> out) noexcept override {
        return starving([&] { return inner_->tx_slices(out); });
    }
    void tx_consumed(std::size_t n) noexcept override {
        starving([&] { inner_->tx_consumed(n); });
    }
    void on_output(std::function<void()> wake) override { inner_->on_output(std::move(wake)); }
    std::optional<Instant> deadline() const noexcept override { return inner_->deadline(); }
    Result<void> on_deadline(Instant now) override {
        return starving([&] { return inner_->on_deadline(now); });
    }
    void close(Disconnect reason, std::string_view text) noexcept override {
        starving([&] { inner_->close(reason, text); });
    }
    void rekey() noexcept override {
        starving([&] { inner_->rekey(); });
    }
    Idle why_idle() const noexcept override { return inner_->why_idle(); }
    bool busy() const noexcept override { return inner_->busy(); }
    bool finished() const noexcept override { return inner_->finished(); }
    std::uint64_t bytes_in() const noexcept override { return inner_->bytes_in(); }
    std::uint64_t bytes_out() const noexcept override { return inner_->bytes_out(); }

  private:
    template <class F>
    std::invoke_result_t<F> starving(F f) {
        struct Counted {
            explicit Counted(StarvationPlan& p)
                : plan(p),
                  failure(p.failed() || p.fail_at == AllocFailure::kNever ? AllocFailure::kNever
                                                                          : p.fail_at - p.made) {}
            ~Counted() { plan.made += failure.made(); }
            StarvationPlan& plan;
            AllocFailure failure;
        };
        const Counted counted(plan_);
        return f();
    }

    std::unique_ptr<Session> inner_;
    StarvationPlan& plan_;
};

}  // namespace nacre::test
