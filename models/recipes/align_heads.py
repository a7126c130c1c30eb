#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts heads out of labelled pictures so that each face stands where LFW's deep funneling puts it.

usage: align_heads.py OUT_FOLDER TEMPLATE.npy LABELS.npz...

LABELS.npz are label_faces.py's. OUT_FOLDER/SET/PERSON/NAME.jpg are pictures of 250 x 250 pixels whose
canonical crop is columns and rows 61 to 188; beyond a picture its border is repeated.
OUT_FOLDER/heads.jsonl tells of each, a line a head: `file`, `points` (pixels, see POINTS), `yaw`,
`pitch` (degrees; yaw positive towards the picture's right), `inside` (share of the head crop inside
the picture). OUT_FOLDER/nothing holds windows of the same pictures without a face.
TEMPLATE.npy, FaceMesh's mean mesh in canonical coordinates, is made of LFW's own frames where it is
missing; labels that hold no LFW need one.

Heads that are turned: the mesh's rotation is estimated in three dimensions, and the template is
turned likewise before it is laid over the picture, so that a profile's crop is as large as it would
be from the front.

--skip FILE names pictures that are left out (one a line: part of the path). --covers FILE (covers.json)
tells in which heads something real covers the face, with its outline in the head picture, and which
heads are left out since that is unclear.
"""
import argparse
import hashlib
import json
import pathlib
import sys

import cv2
import numpy as np

SIDE, BEGIN, CROP = 250, 61, 128
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
POINTS = OVAL + [6, 195, 4, 50, 280, 468, 473]  # bridge, ridge and tip of the nose, cheeks, irises
PUPILS = np.array([[0.338, 0.405], [0.663, 0.405]])  # of the canonical crop
IRISES = [468, 473]
PUPIL_WEIGHT = 200.0  # of 1 for each of the other points, when the head looks at the camera
LEAST_SIDE = 34       # pixels of a canonical crop


def similarity_3d(source, target):
    """Umeyama 1991: scale, rotation, shift that take `source` to `target` (N x 3)."""
    a, b = source.mean(0), target.mean(0)
    u, s, v = np.linalg.svd((target - b).T @ (source - a))
    d = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    rotation = u @ d @ v
    scale = (s * np.diag(d)).sum() / ((source - a) ** 2).sum()
    return scale, rotation, b - scale * rotation @ a


def similarity_2d(source, target, weights):
    """2x3 map that takes `source` to `target` in the weighted mean square."""
    w = weights / weights.sum()
    a, b = (w[:, None] * source).sum(0), (w[:, None] * target).sum(0)
    s, t = source - a, target - b
    zs, zt = s[:, 0] + 1j * s[:, 1], t[:, 0] + 1j * t[:, 1]
    m = (w * zt * zs.conj()).sum() / (w * np.abs(zs) ** 2).sum()
    matrix = np.array([[m.real, -m.imag], [m.imag, m.real]])
    return np.hstack([matrix, (b - matrix @ a)[:, None]])


def pose_of(template, mesh):
    """The rotation without its roll, yaw and pitch in degrees, of a mesh in pixels."""
    _, rotation, _ = similarity_3d(template, mesh)
    down = rotation[:, 1]
    roll = np.arctan2(-down[0], down[1])
    c, s = np.cos(roll), np.sin(roll)
    upright = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) @ rotation
    front = -upright[:, 2]  # the way the nose points; z grows away from the camera
    yaw = np.degrees(np.arctan2(front[0], -front[2]))
    pitch = np.degrees(np.arcsin(np.clip(front[1], -1, 1)))
    return upright, yaw, pitch


def canonical_map(template, axis_depth, mesh):
    """-> 2x3 map from canonical coordinates to the picture's pixels, yaw, pitch."""
    upright, yaw, pitch = pose_of(template, mesh)
    pivot = np.array([0.5, 0.5, axis_depth])
    turned = ((template - pivot) @ upright.T + pivot)[:, :2]
    weights = np.ones(len(template))
    weights[IRISES] = PUPIL_WEIGHT * max(0.02, np.cos(np.radians(min(90, 2.2 * abs(yaw)))) ** 2)
    return similarity_2d(turned, mesh[:, :2].astype(float), weights), yaw, pitch


def is_lfw(file, size):
    return 'lfw' in file and tuple(size) == (SIDE, SIDE)


def make_template(tables):
    """The mean mesh of LFW's frontal faces in LFW's frame, moved so that its pupils are PUPILS, and
    the depth about which turned heads turn in that frame."""
    meshes = []
    for table in tables:
        for picture, size, mesh, box in zip(table['picture'], table['size'], table['mesh'], table['box']):
            middle = (box[:2] + box[2:]) / 2 - SIDE / 2
            if is_lfw(str(table['files'][picture]), size) and not np.isnan(mesh[0, 0]) and np.hypot(*middle) < 22:
                flat = (mesh - [BEGIN, BEGIN, 0]) / CROP
                flat[:, 2] -= flat[:, 2].mean()
                meshes.append(flat)
    meshes = np.array(meshes)
    if len(meshes) < 100:
        sys.exit('a template needs LFW photographs among the labels')
    template = np.median(meshes, 0)
    for _ in range(3):
        poses = [pose_of(template, mesh)[1:] for mesh in meshes]
        frontal = np.array([abs(yaw) < 12 and abs(pitch) < 12 for yaw, pitch in poses])
        template = np.median(meshes[frontal], 0)
    template = template + [0, 0, 0]
    # Symmetric: LFW's own tilt and the camera's side say nothing about faces.
    fit = similarity_2d(template[IRISES, :2], PUPILS, np.ones(2))
    scale = np.hypot(fit[0, 0], fit[1, 0])
    template = np.hstack([template[:, :2] @ fit[:, :2].T + fit[:, 2], template[:, 2:] * scale])
    best = None
    for depth in np.arange(-0.4, 0.81, 0.05):
        errors = []
        for mesh, (yaw, pitch) in zip(meshes, poses):
            if not 25 < abs(yaw) < 60:
                continue
            map_, _, _ = canonical_map(template, depth, mesh)
            errors.append(np.linalg.norm(map_ @ [0.5, 0.5, 1] - 0.5))
        error = np.median(errors)
        if best is None or error < best[0]:
            best = (error, depth, len(errors))
    print('template of %d faces; turned ones (%d) turn about depth %.2f, off by %.3f' %
          (frontal.sum(), best[2], best[1], best[0]))
    return template, best[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('template', type=pathlib.Path)
    parser.add_argument('labels', nargs='+')
    parser.add_argument('--skip', type=pathlib.Path)
    parser.add_argument('--covers', type=pathlib.Path)
    parser.add_argument('--validation', action='store_true', help='write the validation pictures instead')
    arguments = parser.parse_args()
    tables = [np.load(file, allow_pickle=False) for file in arguments.labels]
    tables = [{name: table[name] for name in table.files} for table in tables]
    if arguments.template.exists():
        packed = np.load(arguments.template)
        template, depth = packed[:-1], float(packed[-1, 2])
    else:
        template, depth = make_template(tables)
        np.save(arguments.template, np.vstack([template, [0.5, 0.5, depth]]))
    skip = arguments.skip.read_text().split() if arguments.skip else []
    covers = json.loads(arguments.covers.read_text()) if arguments.covers else {'covered': {}, 'unclear': []}
    unclear = set(covers['unclear'])
    random = np.random.default_rng(1)
    lines, empty = [], 0
    for table in tables:
        clip, clip_name = None, None
        order = np.lexsort((table['frame'], table['picture']))
        groups = np.split(order, np.flatnonzero(np.diff(table['picture'][order]) | np.diff(table['frame'][order])) + 1)
        for group in groups:
            first = group[0]
            file, frame = str(table['files'][table['picture'][first]]), int(table['frame'][first])
            if any(part in file for part in skip) or is_validation(file) != arguments.validation:
                continue
            if frame < 0:
                picture = cv2.imread(file)
            else:
                if clip_name != file:
                    clip, clip_name, number = cv2.VideoCapture(file), file, -1
                while number < frame:
                    _, picture = clip.read()
                    number += 1
            maps = []
            for row in group:
                mesh = table['mesh'][row]
                if np.isnan(mesh[0, 0]) or table['score'][row] < 0.5:
                    continue
                map_, yaw, pitch = canonical_map(template, depth, mesh)
                maps.append(map_)
                side = np.hypot(map_[0, 0], map_[1, 0])
                if side < LEAST_SIDE:
                    continue
                # Pixels of the head picture to pixels of the picture.
                to_unit = np.array([[1 / CROP, 0, -BEGIN / CROP], [0, 1 / CROP, -BEGIN / CROP], [0, 0, 1]])
                back = np.vstack([map_, [0, 0, 1]]) @ to_unit
                head = cut(picture, back)
                inverse = np.linalg.inv(back)
                points = (mesh[POINTS, :2] @ inverse[:2, :2].T + inverse[:2, 2]).round(2)
                ones = cut(np.full(picture.shape[:2], 255, np.uint8), back, cv2.BORDER_CONSTANT)
                name = '%s/%s%s-%d.jpg' % (set_of(file), pathlib.Path(file).parent.name[:9] + pathlib.Path(file).stem, '-%d' % frame if frame >= 0 else '', row)
                if name in unclear:
                    continue
                target = arguments.out / name
                target.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(target), head, [cv2.IMWRITE_JPEG_QUALITY, 95])
                told = {'covers': covers['covered'][name]} if name in covers['covered'] else {}
                lines.append({**told, 'file': name, 'points': points.tolist(), 'yaw': round(float(yaw), 1),
                              'pitch': round(float(pitch), 1),
                              'inside': round(float((ones[29:221, 29:221] > 127).mean()), 3)})
            empty += write_nothing(arguments.out / 'nothing', picture, table, group, maps, random, empty,
                                   0.1 if 'lfw' in file else 0.5 if frame >= 0 else 2)
    with open(arguments.out / 'heads.jsonl.partial', 'w') as out:
        out.writelines(json.dumps(line) + '\n' for line in lines)
    (arguments.out / 'heads.jsonl.partial').rename(arguments.out / 'heads.jsonl')
    print(len(lines), 'heads,', empty, 'windows without')


def cut(picture, back, border=cv2.BORDER_REPLICATE):
    """The head picture; `back` (3x3) takes its pixels (centres at + 0.5) to the picture's."""
    scale = np.hypot(back[0, 0], back[1, 0])
    if scale > 1.5:  # several times as many pixels, then their means
        fine = int(np.ceil(scale))
        step = np.diag([1 / fine, 1 / fine, 1])
        large = cut_at(picture, back @ step, SIDE * fine, border)
        return cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cut_at(picture, back, SIDE, border)


def cut_at(picture, back, side, border):
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    whole = np.linalg.inv(half) @ back @ half
    return cv2.warpAffine(picture, whole[:2], (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=border)


def write_nothing(folder, picture, table, group, maps, random, number, rate):
    """Windows that no face's box reaches far into, as large as faces are; how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    boxes = table['box'][group]
    height, width = picture.shape[:2]
    written = 0
    for _ in range(random.poisson(rate)):
        for _ in range(12):
            side = np.exp(random.uniform(np.log(60), np.log(min(height, width) * 0.9)))
            x, y = random.uniform(0, width - side), random.uniform(0, height - side)
            shared = [max(0, min(x + side, b[2]) - max(x, b[0])) * max(0, min(y + side, b[3]) - max(y, b[1]))
                      for b in boxes]
            areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in boxes]
            if any(s > 0.12 * min(a, side * side) for s, a in zip(shared, areas)):
                continue
            window = picture[int(y):int(y + side), int(x):int(x + side)]
            window = cv2.resize(window, (SIDE, SIDE),
                                interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)
            cv2.imwrite(str(folder / ('%06d.jpg' % (number + written))), window, [cv2.IMWRITE_JPEG_QUALITY, 92])
            written += 1
            break
    return written


def set_of(file):
    path = pathlib.Path(file)
    if path.suffix in ('.mkv', '.mp4'):
        return 'clips/' + path.stem
    if 'lfw' in file:
        return 'lfw/' + path.parent.name
    folder = path.parent.name
    # Portraits show a person each, but London's, whose neutral and smiling pictures bear one number.
    return 'portraits/' + ('london/' if folder.startswith('london') else folder + '/') + path.stem.split('_')[0]


def is_validation(file):
    """As data sets are divided: people of LFW and of official portraits by a tenth, others by a fifth."""
    path = pathlib.Path(file)
    folder, name = path.parent.name, path.stem
    number = lambda text: int(hashlib.sha256(text.encode()).hexdigest(), 16)
    if 'lfw' in file:
        return number(folder) % 10 == 1
    if folder == 'official':
        return number(name) % 10 == 1
    if folder.startswith('london'):
        return number('london/' + name.split('_')[0]) % 5 == 1
    return folder in ('stock', 'generated', 'canada') and number(folder + '/' + name) % 5 == 1


if __name__ == '__main__':
    main()
