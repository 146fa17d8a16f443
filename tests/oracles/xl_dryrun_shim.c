/* Lets the unmodified `xl create --dryrun FILE` run where there is no hypervisor and no xenstored.
 *
 * It stands in for the few calls of libxenctrl and libxenstore that xl's start and its reader of domain files reach.
 * What judges the file stays the installed tool. Build: gcc -shared -fPIC -DXEN_MINOR=17 -o xlshim.so THIS (libxen-dev).
 * XLSHIM_CPUS (8) and XLSHIM_NODES (1) are the host's size; XLSHIM_TRACE names a file for every key that xl asks for.
 */
#ifndef XEN_MINOR
#define XEN_MINOR 17
#endif
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

static int envi(const char *n, int d) { const char *s = getenv(n); return s && *s ? atoi(s) : d; }
static char fake_xc[4096], fake_xs[4096];

xc_interface *xc_interface_open(xentoollog_logger *a, xentoollog_logger *b, unsigned f) { return (void *)fake_xc; }
int xc_interface_close(xc_interface *x) { return 0; }
void *xs_open(unsigned long f) { return fake_xs; }
void xs_close(void *x) { }
void xs_daemon_close(void *x) { }
int xs_fileno(void *x) { return -1; }
void xs_daemon_destroy_postfork(void *x) { }

int xc_get_max_cpus(xc_interface *x) { return envi("XLSHIM_CPUS", 8); }
int xc_get_online_cpus(xc_interface *x) { return envi("XLSHIM_CPUS", 8); }
int xc_get_max_nodes(xc_interface *x) { return envi("XLSHIM_NODES", 1); }

int xc_physinfo(xc_interface *x, xc_physinfo_t *p)
{
    memset(p, 0, sizeof(*p));
    p->threads_per_core = 1;
    p->cores_per_socket = p->nr_cpus = envi("XLSHIM_CPUS", 8);
    p->max_cpu_id = p->nr_cpus - 1;
    p->nr_nodes = envi("XLSHIM_NODES", 1);
    p->max_node_id = p->nr_nodes - 1;
    p->cpu_khz = 2000000;
    p->total_pages = p->free_pages = 1ull << 24;            /* 64 GiB */
    p->capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_hap;
    return 0;
}
long xc_sharing_freed_pages(xc_interface *x) { return 0; }
long xc_sharing_used_frames(xc_interface *x) { return 0; }

int xc_version(xc_interface *x, int cmd, void *arg)
{
    if (cmd == XENVER_pagesize) return 4096;
    if (cmd == XENVER_version) return (4 << 16) | XEN_MINOR;
    if (cmd == XENVER_commandline) { strcpy(arg, "dom0_mem=1024M"); return 0; }
    if (cmd == XENVER_extraversion) { strcpy(arg, ".0"); return 0; }
    if (cmd == XENVER_changeset || cmd == XENVER_capabilities) { *(char *)arg = 0; return 0; }
    if (cmd == XENVER_compile_info) { memset(arg, 0, sizeof(struct xen_compile_info)); return 0; }
    if (cmd == XENVER_platform_parameters) { memset(arg, 0, sizeof(xen_platform_parameters_t)); return 0; }
    return 0;
}
int xc_cputopoinfo(xc_interface *x, unsigned *max, xc_cputopo_t *t)
{
    int n = envi("XLSHIM_CPUS", 8), nodes = envi("XLSHIM_NODES", 1);
    if (t) for (unsigned i = 0; i < *max && (int)i < n; i++) { t[i].core = i; t[i].socket = 0; t[i].node = (int)i * nodes / n; }
    *max = n;
    return 0;
}

/* One line "getter key errno" for every look-up: a key of the file that never appears is one that xl does not read. */
#include <dlfcn.h>
#include <stdio.h>
static void tr(const char *g, const char *k, int e)
{
    const char *p = getenv("XLSHIM_TRACE");
    FILE *f;
    if (!p || !(f = fopen(p, "a"))) return;
    fprintf(f, "%s %s %d\n", g, k, e);
    fclose(f);
}
#define REAL(name) static typeof(name) *real; if (!real) real = (void *)dlsym(RTLD_NEXT, #name)
int xlu_cfg_get_string(const void *c, const char *n, const char **v, int w)
{ REAL(xlu_cfg_get_string); int e = real(c, n, v, w); tr("string", n, e); return e; }
int xlu_cfg_replace_string(const void *c, const char *n, char **v, int w)
{ REAL(xlu_cfg_replace_string); int e = real(c, n, v, w); tr("string", n, e); return e; }
int xlu_cfg_get_long(const void *c, const char *n, long *v, int w)
{ REAL(xlu_cfg_get_long); int e = real(c, n, v, w); tr("long", n, e); return e; }
int xlu_cfg_get_bounded_long(const void *c, const char *n, long a, long b, long *v, int w)
{ REAL(xlu_cfg_get_bounded_long); int e = real(c, n, a, b, v, w); tr("bounded_long", n, e); return e; }
int xlu_cfg_get_defbool(const void *c, const char *n, void *v, int w)
{ REAL(xlu_cfg_get_defbool); int e = real(c, n, v, w); tr("defbool", n, e); return e; }
int xlu_cfg_get_list(const void *c, const char *n, void **v, int *k, int w)
{ REAL(xlu_cfg_get_list); int e = real(c, n, v, k, w); tr("list", n, e); return e; }
int xlu_cfg_get_list_as_string_list(const void *c, const char *n, void *v, int w)
{ REAL(xlu_cfg_get_list_as_string_list); int e = real(c, n, v, w); tr("string_list", n, e); return e; }
