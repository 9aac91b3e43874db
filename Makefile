# Hotline 1022. `make help` lists the targets; README.md tells the rest.
#
# Every variant builds in its own folder: V=release (default), asan (what tests use), tsan.
V ?= release
PORT ?= 8022
B := build/$(V)

LIBRARIES := -levent -lpq -lgeos_c -lproj -ljson-c -lpng -lz -ldeflate -lsodium -lutf8proc -lcurl -lcrypto -lxlsxwriter \
  -lpangocairo-1.0 -lpango-1.0 -lcairo -lgobject-2.0 -lglib-2.0 -lm -lpthread

PRINTING = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I pangocairo))
CPPFLAGS += -I. -isystem /usr/include/postgresql -D_GNU_SOURCE -MMD -MP
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wcast-align \
  -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wdouble-promotion -Wnull-dereference \
  -Wimplicit-fallthrough
ifneq ($(findstring clang,$(CC)),clang)
WARNINGS += -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
  -Wjump-misses-init -Walloc-zero
endif
BASE_FLAGS := -std=c11 -g3 -fno-common -fno-omit-frame-pointer $(WARNINGS) $(if $(CI),-Werror)
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection \
  -fcf-protection -fPIE
LINK_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
# Sanitizer builds see truncations that cannot happen, since they hide ranges from the compiler.
FLAGS_asan := -O1 -DHOTLINE_CRASH_POINTS -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-format-truncation
LINK_asan := -fsanitize=address,undefined
FLAGS_tsan := -O1 -DHOTLINE_CRASH_POINTS -fsanitize=thread -Wno-format-truncation
LINK_tsan := -fsanitize=thread
CFLAGS := $(BASE_FLAGS) $(FLAGS_$(V))
LDFLAGS := $(LINK_$(V))

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))
BASE_O := $(call objects,server/base/*.c)
GEO_O := $(call objects,geo/*.c)
ROUTING_O := $(call objects,routing/*.c)
MAIN_O := $(B)/server/cli/main.o
PICTURE_O := $(call objects,server/picture/*.c)
SHAPES_O := $(call objects,server/shapes/*.c)
SERVER_O := $(filter-out $(BASE_O) $(MAIN_O) $(PICTURE_O) $(SHAPES_O),$(call objects,server/*/*.c))
# Lowest last: the linker resolves from left to right.
ARCHIVES := $(B)/libserver.a $(B)/librouting.a $(B)/libgeo.a $(B)/libbase.a

UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*/test_*.c))
BENCH := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
FUZZ := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help run test check bench fuzz build program web packages-run packages-test packages-bench packages-check \
  unit fuzz-replay lint clean compile_commands.json

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo "  variables:  DATA=folder PORT=8022 DATABASE_URL=... V=release|asan|tsan"

run: packages-run ## install what is missing, build, load a city, serve
	@$(MAKE) --no-print-directory build
	@DATA='$(DATA)' PORT='$(PORT)' server/setup/run

test: packages-test ## all tests, with sanitizers, against a private cluster
	@tests/run $(if $(DATA),--data '$(DATA)')

check: packages-check ## what CI runs: format, lint, layers, static analysis, all tests
	@$(MAKE) --no-print-directory lint CI=1
	@CI=1 tests/run $(if $(DATA),--data '$(DATA)')

bench: packages-bench ## benchmarks, side by side with the peers
	@tests/bench/run $(if $(DATA),--data '$(DATA)')

fuzz: packages-check ## 60 s of new inputs for every parser: FUZZ_SECONDS=60
	@tests/fuzz/run $${FUZZ_SECONDS:-60}

packages-run:
	@server/setup/packages run
packages-test:
	@server/setup/packages test
packages-bench:
	@server/setup/packages bench
packages-check:
	@server/setup/packages check

build: program web ## the program and the web pages, without installing anything

program: $(B)/hotline $(B)/hotline-picture $(B)/hotline-shapes
	@ln -sfn $(V)/hotline build/hotline

$(B)/hotline: $(MAIN_O) $(ARCHIVES)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $(MAIN_O) $(ARCHIVES) $(LIBRARIES)

# Apart, so that the libraries that decode pictures are in no process but this one.
VIPS_CFLAGS = $(shell pkg-config --cflags vips | sed 's/-I/-isystem /g')
VIPS_LIBS = $(shell pkg-config --libs vips)
$(PICTURE_O): CPPFLAGS += $(VIPS_CFLAGS)
$(B)/hotline-picture: $(PICTURE_O)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $(PICTURE_O) $(VIPS_LIBS) -lm
# Apart, so that what reads uploaded shapes can be shut in before it becomes GDAL.
$(B)/hotline-shapes: $(SHAPES_O)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $(SHAPES_O)
$(B)/hotline: | $(B)/hotline-picture $(B)/hotline-shapes

$(B)/libbase.a: $(BASE_O)
$(B)/libgeo.a: $(GEO_O)
$(B)/librouting.a: $(ROUTING_O)
$(B)/libserver.a: $(SERVER_O)
$(B)/lib%.a:
	@rm -f $@ && $(AR) rcs $@ $^

# The libraries' loops are worth it: suggestions and batches of addresses take a tenth less. Without frame
# pointers another fiftieth; what looks at their stacks has the debugging information.
ifeq ($(V),release)
$(B)/geo/%.o: CFLAGS += -O3 -fomit-frame-pointer
endif
$(B)/server/measures/measure_report.o: CPPFLAGS += $(PRINTING)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(ARCHIVES)
	@$(CC) $(LDFLAGS) -o $@ $< $(ARCHIVES) -lcmocka $(LIBRARIES)

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(ARCHIVES)
	@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVES) $(LIBRARIES)
$(B)/tests/bench/bench_geocode: $(call objects,tests/bench/geocode_*.c)
$(B)/tests/bench/bench_tiles: $(call objects,tests/bench/tiles_*.c)
$(B)/tests/bench/bench_duplicates: $(call objects,tests/bench/duplicates_*.c)

# Without libFuzzer: the entry point under a main that replays files.
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(ARCHIVES)
	@$(CC) $(LDFLAGS) -o $@ $< $(B)/tests/fuzz/replay.o $(ARCHIVES) $(LIBRARIES)

unit: $(UNIT)
fuzz-programs: $(FUZZ)
bench-programs: $(BENCH)

web: build/web/index.html
WEB_SOURCES := $(shell find web/src web/public web/tools -type f 2>/dev/null) web/package.json web/tsconfig.json
build/web/index.html: $(WEB_SOURCES) web/node_modules/.package-lock.json
	@echo "  WEB  build/web"
	@cd web && npm run --silent build
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@echo "  NPM  web/node_modules"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

lint: compile_commands.json
	@for script in tests/lint/*.sh; do echo "  LINT $$script"; bash $$script || exit 1; done

# For clang-tidy, cppcheck and editors.
compile_commands.json:
	@{ echo '['; separator=; \
	  for file in $(sort $(filter-out server/picture/%,$(wildcard server/*/*.c geo/*.c routing/*.c))); do \
	    case $$file in */measure_report.c) more='$(PRINTING) ' ;; *) more= ;; esac; \
	    printf '%s{"directory":"%s","file":"%s","command":"cc %s$(CPPFLAGS) -std=c11 $(filter-out -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init -Walloc-zero,$(WARNINGS)) -c %s"}\n' "$$separator" '$(CURDIR)' $$file "$$more" $$file; \
	    separator=,; done; echo ']'; } > $@

clean: ## what was built, not the databases
	rm -rf build web/node_modules compile_commands.json

-include $(shell find $(B) -name '*.d' 2>/dev/null)
