// Linked into each library of ours. libstdc++'s reference counts ask this variable of GLIBC_2.32 whether the
// process has one thread only; an own one that says "no" costs an atomic instruction and works everywhere.
extern "C" {
extern char __libc_single_threaded;
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
}
