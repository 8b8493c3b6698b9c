"""Labels as upstream makes them: a request in JSON on stdin, one JSON line and then planes of bytes on stdout.

PaddleOCR's are made by its own file, loaded unmodified by path. PSENet has no package on PyPI; its rule
(dataset/psenet/psenet_ic15.py) is restated here with the libraries that it uses.
"""

import importlib.util
import json
import sys

import cv2
import numpy as np
import pyclipper
from shapely.geometry import Polygon


def load_make_pse_gt(path):
    spec = importlib.util.spec_from_file_location("make_pse_gt", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MakePseGt


def paddleocr(make_pse_gt, page, kernels, min_ratio):
    """[text, kernels…, mask]; the first rate is one step below 1, so K predicted kernels are K + 1 here."""
    height, width = page["height"], page["width"]
    # An image whose shorter side is `size` is not resized.
    transform = make_pse_gt(kernels + 1, min(height, width), min_ratio)
    polygons = np.empty(len(page["texts"]), dtype=object)
    for index, text in enumerate(page["texts"]):
        polygons[index] = np.array(text["polygon"], dtype=np.float64)
    data = transform(
        {
            "image": np.zeros((height, width, 3), np.uint8),
            "polys": polygons,
            "ignore_tags": [text["ignore"] for text in page["texts"]],
        }
    )
    return [data["gt_text"], *data["gt_kernels"], data["mask"]]


def psenet(page, kernels, min_ratio):
    """[text, kernels…, mask]"""
    shape = (page["height"], page["width"])
    polygons = [np.array(text["polygon"]).astype(np.int32) for text in page["texts"]]
    text_map, mask = np.zeros(shape, np.uint8), np.ones(shape, np.uint8)
    for polygon, text in zip(polygons, page["texts"]):
        cv2.fillPoly(text_map, [polygon], 1)
        if text["ignore"]:
            cv2.fillPoly(mask, [polygon], 0)
    kernel_maps = []
    for i in range(1, kernels + 1):
        rate = 1 - (1 - min_ratio) / kernels * i
        kernel_map = np.zeros(shape, np.uint8)
        for polygon in polygons:
            cv2.fillPoly(kernel_map, [psenet_kernel(polygon, rate)], 1)
        kernel_maps.append(kernel_map)
    return [text_map, *kernel_maps, mask]


def psenet_kernel(polygon, rate):
    shape = Polygon(polygon)
    distance = min(int(shape.area * (1 - rate**2) / (shape.length + 0.001) + 0.5), 20)
    offset = pyclipper.PyclipperOffset()
    try:
        offset.AddPath(polygon, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    except pyclipper.ClipperException:
        return polygon
    pieces = offset.Execute(-distance)
    return np.array(pieces[0], np.int32) if pieces else polygon


def main():
    request = json.load(sys.stdin)
    make_pse_gt = load_make_pse_gt(request["makePseGt"])
    header, planes = [], []
    for page in request["pages"]:
        rule = page, request["kernels"], request["minRatio"]
        answer = {"psenet": None, "paddleocr": None}  # None, or why upstream failed
        planes += psenet(*rule)
        try:
            planes += paddleocr(make_pse_gt, *rule)
        except Exception as error:
            answer["paddleocr"] = f"{type(error).__name__}: {error}"
        header.append(answer)
    out = sys.stdout.buffer
    out.write(json.dumps(header).encode() + b"\n")
    for plane in planes:
        out.write(plane.astype(np.uint8).tobytes())


if __name__ == "__main__":
    main()
