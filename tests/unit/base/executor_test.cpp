#include <nacre/base/executor.hpp>

#include <catch2/catch_all.hpp>

#include <string>

using namespace nacre;

namespace {

class LoggingJob final : public Job {
  public:
    explicit LoggingJob(std::string& log) : log_(log) {}
    ~LoggingJob() override { log_ += "gone"; }
    void run() noexcept override { log_ += "run "; }
    void finish() noexcept override { log_ += "finish "; }

  private:
    std::string& log_;
};

}  // namespace

TEST_CASE("the inline executor runs, finishes and destroys a job inside submit") {
    std::string log;
    inline_executor().submit(std::make_unique<LoggingJob>(log));
    CHECK(log == "run finish gone");
    CHECK(&inline_executor() == &inline_executor());
}
