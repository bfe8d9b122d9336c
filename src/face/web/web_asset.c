#include "face/web/web_asset.h"

const struct web_asset *web_asset_find(struct str path)
{
    size_t low = 0;
    size_t high = web_assets_n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(path, web_assets[mid].path);

        if (order == 0) {
            return &web_assets[mid];
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return NULL;
}
