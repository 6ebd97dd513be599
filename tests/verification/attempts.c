/* What a hostile program might try. The first argument says what; it prints what came of it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int told(const char *what, int worked) {
  printf("%s: %s\n", what, worked ? "worked" : strerror(errno));
  fflush(stdout);
  return worked ? 0 : 3;
}

static int read_file(const char *path) {
  char text[256] = "";
  int file = open(path, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (length > 0) printf("%s\n", text);
  return told("read", length > 0);
}

static int write_file(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT, 0644);
  return told("write", file >= 0 && write(file, "owned", 5) == 5);
}

static int list(const char *path) {
  DIR *directory = opendir(path);
  struct dirent *entry = NULL;
  while (directory && (entry = readdir(directory)) && entry->d_name[0] == '.' && !entry->d_name[1 + (entry->d_name[1] == '.')]) continue;
  if (directory && !entry) errno = ENOENT; /* it is there, since something in it is to be seen, and else empty */
  return told("list", entry != NULL);
}

/* What its descriptors lead to, beyond the directory that is being read. */
static int list_descriptors(void) {
  for (int number = 0; number < 1024; number++) {
    char name[64], target[4096] = "";
    snprintf(name, sizeof name, "/proc/self/fd/%d", number);
    if (readlink(name, target, sizeof target - 1) > 0) printf("%d %s\n", number, target);
  }
  return 0;
}

/* Puts a character into the input of whatever terminal can be had. */
static int type_into_terminal(void) {
  const char *names[] = {"/dev/tty", "/dev/console", "/dev/pts/0"};
  int worked = 0;
  for (int handle = 0; handle < 3 && !worked; handle++) worked = ioctl(handle, TIOCSTI, "x") == 0;
  for (int i = 0; i < 3 && !worked; i++) {
    int handle = open(names[i], O_RDWR);
    worked = handle >= 0 && ioctl(handle, TIOCSTI, "x") == 0;
  }
  return told("type", worked);
}

static int connect_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  int handle = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  return told("connect", handle >= 0 && connect(handle, (struct sockaddr *)&address, sizeof address) == 0);
}

static int connect_abstract(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int handle = socket(AF_UNIX, SOCK_STREAM, 0);
  size_t length = strlen(name);
  memcpy(address.sun_path + 1, name, length);
  length += 1 + offsetof(struct sockaddr_un, sun_path);
  return told("connect", handle >= 0 && connect(handle, (struct sockaddr *)&address, (socklen_t)length) == 0);
}

static void fill(const char *byte, size_t megabytes) {
  char *block = malloc(1 << 20);
  memset(block, *byte, 1 << 20);
  for (size_t i = 0; i < megabytes; i++)
    if (write(1, block, 1 << 20) < 0) exit(4);
}

static void fill_scratch(void) {
  char name[32], block[1 << 16] = {1};
  for (int number = 0; number < 10000; number++) {
    snprintf(name, sizeof name, "part-%d", number);
    int file = open(name, O_WRONLY | O_CREAT, 0600);
    signal(SIGXFSZ, SIG_IGN);
    while (file >= 0 && write(file, block, sizeof block) > 0) continue;
    if (errno == ENOSPC) exit(told("fill", 0));
    close(file);
  }
  exit(told("fill", 1));
}

/* Forks twice, leaves the session and ignores every signal that can be ignored. */
static void leave_a_daemon(void) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
      for (;;) pause();
    }
    _exit(0);
  }
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "", *value = argc > 2 ? argv[2] : "";
  if (!strcmp(what, "read")) return read_file(value);
  if (!strcmp(what, "write")) return write_file(value);
  if (!strcmp(what, "list")) return list(value);
  if (!strcmp(what, "descriptors")) return list_descriptors();
  if (!strcmp(what, "type")) return type_into_terminal();
  if (!strcmp(what, "unshare")) return told("unshare", unshare(CLONE_NEWUSER) == 0);
  if (!strcmp(what, "mount")) return told("mount", mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
  if (!strcmp(what, "connect")) return connect_to(atoi(value));
  if (!strcmp(what, "abstract")) return connect_abstract(value);
  if (!strcmp(what, "link")) return told("link", symlink(value, "stolen") == 0);
  if (!strcmp(what, "kill")) return told("kill", kill(atoi(value), 0) == 0);
  if (!strcmp(what, "output")) fill("x", 10240);
  if (!strcmp(what, "fill")) fill_scratch();
  if (!strcmp(what, "spin")) for (;;) continue;
  if (!strcmp(what, "sleep")) for (;;) pause();
  if (!strcmp(what, "bomb")) for (;;) fork();
  if (!strcmp(what, "eat")) for (;;) memset(malloc(1 << 24), 1, 1 << 24);
  if (!strcmp(what, "daemon")) { leave_a_daemon(); usleep(20000); return told("daemon", 1); }
  if (!strcmp(what, "daemon-and-stay")) { leave_a_daemon(); fill("x", 1); for (;;) pause(); }
  if (!strcmp(what, "chmod")) return told("chmod", chmod(value, 0600) == 0);
  if (!strcmp(what, "utime")) return told("utime", utimensat(AT_FDCWD, value, NULL, 0) == 0);
  if (!strcmp(what, "socket")) return told("socket", socket(AF_INET, SOCK_DGRAM, 0) >= 0);
  if (!strcmp(what, "ptrace")) return told("ptrace", ptrace(PTRACE_SEIZE, atoi(argv[3]), 0, 0) == 0);
  if (!strcmp(what, "shm")) return told("shm", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0);
  if (!strcmp(what, "prlimit")) {
    struct rlimit limit;
    return told("prlimit", prlimit(atoi(argv[3]), RLIMIT_NOFILE, NULL, &limit) == 0);
  }
  if (!strcmp(what, "environment")) return execlp("env", "env", (char *)0);
  return 2;
}
