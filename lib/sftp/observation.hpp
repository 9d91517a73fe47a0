/// \file
/// How one operation passes a handler of events.
#pragma once
#include <nacre/sftp/observed_filesystem.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace nacre::sftp {

/// What an ObservedFilesystem, its files and its directories share.
class Observing : public std::enable_shared_from_this<Observing> {
  public:
    Observing(std::shared_ptr<Filesystem> inner, std::shared_ptr<FilesystemEvents> events)
        : inner_(std::move(inner)),
          events_(std::move(events)),
          operations_(events_->operations()) {}

    Filesystem& inner() noexcept { return *inner_; }
    FilesystemEvents& events() noexcept { return *events_; }
    bool wants(Operation operation) const noexcept {
        return (operations_ & set_of(operation)) != 0;
    }
    std::uint64_t next_handle() noexcept { return ++handles_; }

    /// The text for the reply that is being given just now.
    std::string take_message() { return std::exchange(message_, {}); }
    void say(std::string message);

    /// Lets an operation pass.
    /// \param call  void(FileEvent&, Reply<T>): does it, as the event says
    template <class T, class Call>
    void pass(FileEvent event, Reply<T> reply, Call call);

  private:
    std::shared_ptr<Filesystem> inner_;
    std::shared_ptr<FilesystemEvents> events_;
    OperationSet operations_;
    std::uint64_t handles_ = 0;
    std::string message_;
};

/// One operation under way.
template <class T, class Call>
class Observation : public std::enable_shared_from_this<Observation<T, Call>> {
  public:
    Observation(std::shared_ptr<Observing> all, FileEvent event, Reply<T> reply, Call call)
        : all_(std::move(all)),
          event_(std::move(event)),
          reply_(std::move(reply)),
          call_(std::move(call)) {}

    void begin() {
        all_->events().decide(
            event_, Reply<void>::from([self = this->shared_from_this()](Result<void>&& decided) {
                if (!decided) self->event_.fail(decided.error());
                self->run();
            }));
    }

  private:
    void run() {
        const bool close = event_.operation == Operation::close;
        if (event_.answered() && !close) {
            finish();
            return;
        }
        denied_ = event_.error;
        call_(event_, Reply<T>::from([self = this->shared_from_this()](Result<T>&& result) {
                  self->take(std::move(result));
                  self->finish();
              }));
    }
    void take(Result<T>&& result) {
        event_.error = denied_;
        if (!result) {
            event_.error = result.error();
        } else if constexpr (!std::is_void_v<T>) {
            event_.value = std::move(result).value();
        }
    }
    void finish() {
        all_->events().after(event_);
        // Only a status has a text: the next one must not find it.
        if (event_.error || std::is_void_v<T>) all_->say(std::move(event_.message));
        reply_(outcome());
        all_->say({});
    }
    Result<T> outcome() {
        if (event_.error) return *event_.error;
        if constexpr (std::is_void_v<T>) {
            return {};
        } else {
            if (T* value = std::get_if<T>(&event_.value)) return std::move(*value);
            return failure(Status::failure);
        }
    }

    std::shared_ptr<Observing> all_;
    FileEvent event_;
    Reply<T> reply_;
    Call call_;
    std::optional<Error> denied_;
};

template <class T, class Call>
void Observing::pass(FileEvent event, Reply<T> reply, Call call) {
    if (!wants(event.operation)) {
        call(event, std::move(reply));
        return;
    }
    std::make_shared<Observation<T, Call>>(shared_from_this(), std::move(event), std::move(reply),
                                           std::move(call))
        ->begin();
}

/// Makes the objects that the Filesystem hands out. Null stays null.
std::shared_ptr<File> observe_file(std::shared_ptr<Observing> all, std::shared_ptr<File> file,
                                   std::string path, std::uint64_t handle);
std::shared_ptr<Directory> observe_directory(std::shared_ptr<Observing> all,
                                             std::shared_ptr<Directory> directory, std::string path,
                                             std::uint64_t handle);

}  // namespace nacre::sftp
