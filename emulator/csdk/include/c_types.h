/* Basic types of the NonOS SDK (sdk-surface.md, Types and macros). Own text of emu8266, MIT licence. */
#ifndef C_TYPES_H
#define C_TYPES_H

/* The SDK of these headers, as emu8266 build --sdk-version says it: 20000, 20100, 20200, 30000. Where prototypes and struct
 * layouts differ between them, they follow it. */
#ifndef EMU8266_SDK
#define EMU8266_SDK 30000
#endif

#include <stddef.h> /* size_t: the build makes it unsigned int, as on the device */
#include <stdint.h>
#ifndef offsetof /* some projects define the guards of the standard headers, to keep them out */
typedef __SIZE_TYPE__ size_t;
#define offsetof(type, field) __builtin_offsetof(type, field)
#ifndef NULL
#define NULL ((void *)0)
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the emulator provides. */
#ifdef __XTENSA__
#define ESP_SDK
#else
#define ESP_SDK __attribute__((import_module("esp")))
#endif

#ifdef __cplusplus
#define _Static_assert static_assert
#endif

/* Struct layouts are part of the interface: the emulator reads and writes them. */
#define ESP_LAYOUT(type, size) _Static_assert(sizeof(type) == (size), "layout of " #type)
#define ESP_OFFSET(type, field, at) _Static_assert(offsetof(type, field) == (at), "offset of " #field " in " #type)

_Static_assert(sizeof(size_t) == 4 && sizeof(void *) == 4, "the build flags of emu8266 are missing");
_Static_assert((char)-1 > 0, "char is unsigned on the device: -funsigned-char is missing");

/* A project may come with a c_types.h of its own, which has the SDK's guard: then its types count. */
#ifndef _C_TYPES_H_
#define _C_TYPES_H_

#ifndef UINT32_MAX /* a project's own stdint.h, which has nothing: the SDK's c_types.h once was enough */
typedef __INT8_TYPE__ int8_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __INT16_TYPE__ int16_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT64_TYPE__ uint64_t;
#endif

typedef uint8_t uint8, u8;
typedef int8_t sint8, int8, s8, sint8_t;
typedef uint16_t uint16, u16;
typedef int16_t sint16, s16, sint16_t;
typedef uint32_t uint32, u32, u_int;
typedef int32_t sint32, int32, s32, sint32_t;
typedef uint64_t uint64, u64, u_int64_t;
typedef int64_t sint64, sint64_t;
typedef float real32, real32_t;
typedef double real64, real64_t;
typedef uint16_t __le16;

#ifndef __cplusplus
typedef unsigned char bool;
#define BOOL bool
#define true 1
#define false 0
#define TRUE true
#define FALSE false
#endif

typedef enum { OK = 0, FAIL, PENDING, BUSY, CANCEL } STATUS;

#define LOCAL static
#define __packed __attribute__((packed))
#define BIT(n) (1UL << (n))

/* Code and constants lie in flash on the device. In WebAssembly code has no address; constants stay apart in a section of their own. */
#ifdef __XTENSA__
#define ICACHE_FLASH_ATTR __attribute__((section(".irom0.text")))
#define ICACHE_RODATA_ATTR __attribute__((section(".irom.text")))
#else
#define ICACHE_FLASH_ATTR
#define ICACHE_RODATA_ATTR __attribute__((section("esp_irom")))
#endif
#define STORE_ATTR __attribute__((aligned(4)))
#define DMEM_ATTR
#define SHMEM_ATTR

#endif

/* The registers of the chip: READ_PERI_REG and WRITE_PERI_REG of eagle_soc.h. */
ESP_SDK uint32_t esp_read_register(uint32_t addr);
ESP_SDK void esp_write_register(uint32_t addr, uint32_t value);
#define REG_SET_BIT(reg, bits) esp_write_register((uint32_t)(reg), esp_read_register((uint32_t)(reg)) | (bits))
#define REG_CLR_BIT(reg, bits) esp_write_register((uint32_t)(reg), esp_read_register((uint32_t)(reg)) & ~(bits))

#ifdef __cplusplus
}
#endif

#endif
