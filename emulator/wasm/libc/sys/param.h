/* The smaller and the greater of two. Own text of espemu, MIT licence. */
#ifndef ESPEMU_SYS_PARAM_H
#define ESPEMU_SYS_PARAM_H

#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif

#endif
