/// \file
/// One of those who keep a server busy with random operations and check what it answers.
#pragma once
#include <nacre/crypto/hash.hpp>
#include <nacre/crypto/provider.hpp>
#include <nacre/sftp/client.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace nacre::bench {

/// What all workers together have done.
struct SoakCounts {
    std::uint64_t operations = 0;
    std::uint64_t bytes_written = 0, bytes_read = 0;
    std::uint64_t errors = 0;       ///< operations that were refused and should not have been
    std::uint64_t mismatches = 0;   ///< data or sizes that are not what was written
    std::uint64_t interrupted = 0;  ///< operations under way when their connection was cut
    std::string first_error;        ///< "rename: failure"
};

/// Does one operation after the other on files of its own. Lives in the replies it waits for.
class SoakWorker final : public std::enable_shared_from_this<SoakWorker> {
  public:
    static constexpr std::size_t kFiles = 8;
    static constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

    /// \param prefix  of the paths of its files, which nobody else may use
    SoakWorker(const Provider& provider, SoakCounts& counts, std::string prefix,
               std::uint64_t seed);

    /// Goes on with this client, until stop().
    void start(std::shared_ptr<sftp::Client> client);
    /// Begins no operation any more.
    void stop() noexcept { stopped_ = true; }
    /// As stop(); what is under way ends with closed, which is no error.
    void interrupt() noexcept { stopped_ = interrupted_ = true; }
    bool idle() const noexcept { return current_ == nullptr; }

  private:
    using Digest = std::array<std::uint8_t, 32>;
    enum class State : std::uint8_t { absent, known, unknown };

    /// A file of ours as it should be.
    struct File {
        State state = State::absent;
        std::uint64_t size = 0;
        Digest digest{};
    };

    void next();
    void write(std::size_t slot);
    void read(std::size_t slot);
    void look(std::size_t slot);
    void change_mode(std::size_t slot);
    void rename(std::size_t slot);
    void remove(std::size_t slot);
    void list();
    void miss();

    void upload(std::size_t slot, const sftp::RemoteHandle& handle);
    void download(std::size_t slot, const sftp::RemoteHandle& handle);
    void close(const sftp::RemoteHandle& handle);
    /// The end of an operation.
    void end(const Error* error);
    template <class T>
    void end(const Result<T>& result) {
        end(result ? nullptr : &result.error());
    }
    Reply<void> last();

    std::string path(std::size_t slot) const { return prefix_ + std::to_string(slot); }
    std::uint64_t random(std::uint64_t below) { return generator_() % below; }
    std::uint64_t random_size();

    SoakCounts& counts_;
    std::string prefix_;
    std::mt19937_64 generator_;
    std::unique_ptr<Hash> hash_;
    std::shared_ptr<sftp::Client> client_;
    std::array<File, kFiles> files_{};
    const char* current_ = nullptr;  // name of the operation
    bool stopped_ = true;
    bool interrupted_ = false;
    // Of the transfer under way.
    std::mt19937_64 content_;
    std::uint64_t left_ = 0;
};

}  // namespace nacre::bench
