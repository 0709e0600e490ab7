/* The heap (sdk-surface.md, mem.h). Own text of emu8266, MIT licence. */
#ifndef __MEM_H__
#define __MEM_H__

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each SDK gives these functions another number of arguments, and SDK 2.0 does not declare them: firmware does that itself,
 * in one way or another. Without parameters the declarations fit all of them. */
#if EMU8266_SDK >= 30000
ESP_SDK void *pvPortMalloc(size_t n, const char *file, unsigned line, bool iram);
#elif EMU8266_SDK >= 20100 || defined(__cplusplus)
ESP_SDK void *pvPortMalloc(size_t n, const char *file, unsigned line);
#else
ESP_SDK void *pvPortMalloc();
#endif
#if EMU8266_SDK >= 20100 || defined(__cplusplus)
ESP_SDK void *pvPortZalloc(size_t n, const char *file, unsigned line);
ESP_SDK void *pvPortRealloc(void *p, size_t n, const char *file, unsigned line);
ESP_SDK void vPortFree(void *p, const char *file, unsigned line);
#else
ESP_SDK void *pvPortZalloc();
ESP_SDK void *pvPortRealloc();
ESP_SDK void vPortFree();
#endif
#if EMU8266_SDK >= 20200
ESP_SDK void *pvPortCalloc(size_t count, size_t n, const char *file, unsigned line);
#endif
#if EMU8266_SDK >= 30000
ESP_SDK void *pvPortCallocIram(size_t count, size_t n, const char *file, unsigned line);
ESP_SDK void *pvPortZallocIram(size_t n, const char *file, unsigned line);
#endif

#ifdef MEMLEAK_DEBUG
#define MEMLEAK_DEBUG_ENABLE 1
#else
#define MEMLEAK_DEBUG_ENABLE 0
#endif

/* The SDK passes the place in the firmware with MEMLEAK_DEBUG only; here it is always known, for the reports. Projects for SDKs before
 * 1.4 declare these functions with fewer parameters: the macros call them with all of them nevertheless. */
#define ESP_HEAP(result, name, ...) ((result (*)(__VA_ARGS__, const char *, unsigned))name)
#define os_free(p) ESP_HEAP(void, vPortFree, void *)(p, __FILE__, __LINE__)
#define os_realloc(p, n) ESP_HEAP(void *, pvPortRealloc, void *, size_t)(p, n, __FILE__, __LINE__)
#if EMU8266_SDK >= 30000
#define os_malloc_iram(n) ((void *(*)(size_t, const char *, unsigned, bool))pvPortMalloc)(n, __FILE__, __LINE__, true)
#define os_malloc_dram(n) ((void *(*)(size_t, const char *, unsigned, bool))pvPortMalloc)(n, __FILE__, __LINE__, false)
#define os_zalloc_iram(n) pvPortZallocIram(n, __FILE__, __LINE__)
#define os_zalloc_dram(n) ESP_HEAP(void *, pvPortZalloc, size_t)(n, __FILE__, __LINE__)
#define os_calloc_iram(count, n) pvPortCallocIram(count, n, __FILE__, __LINE__)
#define os_calloc_dram(count, n) pvPortCalloc(count, n, __FILE__, __LINE__)
#ifdef MEM_DEFAULT_USE_DRAM
#define os_malloc os_malloc_dram
#define os_zalloc os_zalloc_dram
#define os_calloc os_calloc_dram
#else
#define os_malloc os_malloc_iram
#define os_zalloc os_zalloc_iram
#define os_calloc os_calloc_iram
#endif
#else
#define os_malloc(n) ESP_HEAP(void *, pvPortMalloc, size_t)(n, __FILE__, __LINE__)
#define os_zalloc(n) ESP_HEAP(void *, pvPortZalloc, size_t)(n, __FILE__, __LINE__)
#if EMU8266_SDK >= 20200
#define os_calloc(count, n) pvPortCalloc(count, n, __FILE__, __LINE__)
#else
#define os_calloc(n) ESP_HEAP(void *, pvPortZalloc, size_t)(n, __FILE__, __LINE__) /* one argument there */
#endif
#endif

#ifdef __cplusplus
}
#endif

#endif
