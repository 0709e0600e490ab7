/* The version of the SDK whose headers these are. Own text of emu8266, MIT licence. */
#ifndef ESP_SDK_VERSION_H
#define ESP_SDK_VERSION_H

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_SDK_VERSION_MAJOR (EMU8266_SDK / 10000)
#define ESP_SDK_VERSION_MINOR (EMU8266_SDK / 100 % 100)
#if EMU8266_SDK >= 30000
#define ESP_SDK_VERSION_PATCH 4
#define ESP_SDK_VERSION_NUMBER 0x030004
#define ESP_SDK_VERSION_STRING "3.0.4"
#elif EMU8266_SDK >= 20200
#define ESP_SDK_VERSION_PATCH 1
#define ESP_SDK_VERSION_NUMBER 0x020201
#define ESP_SDK_VERSION_STRING "2.2.1"
#elif EMU8266_SDK >= 20100
#define ESP_SDK_VERSION_PATCH 0
#define ESP_SDK_VERSION_NUMBER 0x020100
#define ESP_SDK_VERSION_STRING "2.1.0"
#else
#define ESP_SDK_VERSION_PATCH 0
#define ESP_SDK_VERSION_NUMBER 0x020000
#define ESP_SDK_VERSION_STRING "2.0.0"
#endif

#ifdef __cplusplus
}
#endif

#endif
