// Forced in front of every file of ours, so that binaries built on a new system load on an old one: the oldest
// that LibTorch itself supports (GLIBC_2.28). Names that moved into libc.so later are bound to their old versions.
#ifndef PSE_GLIBC_H
#define PSE_GLIBC_H

#if defined(__x86_64__) && defined(__linux__)
__asm__(".symver dladdr,dladdr@GLIBC_2.2.5");
__asm__(".symver dlclose,dlclose@GLIBC_2.2.5");
__asm__(".symver dlerror,dlerror@GLIBC_2.2.5");
__asm__(".symver dlopen,dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
__asm__(".symver exp,exp@GLIBC_2.2.5");
__asm__(".symver log,log@GLIBC_2.2.5");
__asm__(".symver pow,pow@GLIBC_2.2.5");
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_setname_np,pthread_setname_np@GLIBC_2.12");
#endif

#endif  // PSE_GLIBC_H
