/* The heap (sdk-surface.md, mem.h). Own text of espemu, MIT licence. */
#ifndef __MEM_H__
#define __MEM_H__

#include "c_types.h"

ESP_SDK void *pvPortMalloc(size_t n, const char *file, unsigned line, bool iram);
ESP_SDK void *pvPortZalloc(size_t n, const char *file, unsigned line);
ESP_SDK void *pvPortCalloc(size_t count, size_t n, const char *file, unsigned line);
ESP_SDK void *pvPortRealloc(void *p, size_t n, const char *file, unsigned line);
ESP_SDK void vPortFree(void *p, const char *file, unsigned line);

#define os_malloc(n) pvPortMalloc(n, __FILE__, __LINE__, true)
#define os_zalloc(n) pvPortZalloc(n, __FILE__, __LINE__)
#define os_calloc(count, n) pvPortCalloc(count, n, __FILE__, __LINE__)
#define os_realloc(p, n) pvPortRealloc(p, n, __FILE__, __LINE__)
#define os_free(p) vPortFree(p, __FILE__, __LINE__)

#endif
