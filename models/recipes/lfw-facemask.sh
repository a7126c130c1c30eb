#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the like of models/lfw-facemask.safetensors. The three networks learn apart and may do so side by side, one
# core each (OMP_NUM_THREADS=1). models/lfw-facemask/README.md says how long those with labelled heads took; the
# detector's steps before them take two hours, the aligner's twelve minutes on a GPU (--device auto takes one
# where there is one).
#
# Usage: lfw-facemask.sh LFW_FOLDER OUT_FOLDER [PICTURES...]
# PICTURES: further photographs and clips that may be trained on, labelled by the teachers (docs/training.md), who need
# the environment whose Python the variable TEACHERS names. Without TEACHERS, OUT_FOLDER/heads must be there.
set -euo pipefail
here=$(dirname "$0")
lfw=$1 out=$2
shift 2
python3 "$here/split_lfw.py" "$lfw" "$out"
if [ -n "${TEACHERS:-}" ]; then
  ln -sfn train "$out/lfw"  # by its name align_heads.py knows whose frames make the template
  "$TEACHERS" "$here/label_faces.py" "$out/lfw.npz" --longest 384 "$out/lfw"
  [ $# -eq 0 ] || "$TEACHERS" "$here/label_faces.py" "$out/pictures.npz" "$@"
  labels=("$out/lfw.npz")
  [ $# -eq 0 ] || labels+=("$out/pictures.npz")
  # Pictures in which a hand may be before a face are no clean faces; the clips' hands are cut out.
  : >"$out/covered.txt"
  "$TEACHERS" "$here/cut_hands.py" "$out/heads" "$out/covered.txt" "$out/lfw" --least 100000
  [ $# -eq 0 ] || "$TEACHERS" "$here/cut_hands.py" "$out/heads" "$out/covered.txt" "$@"
  # Photographed things with an alpha channel (Debian: tuxpaint-stamps-default).
  "$TEACHERS" "$here/cut_objects.py" "$out/heads" /usr/share/tuxpaint/stamps
  "$TEACHERS" "$here/align_heads.py" "$out/heads" "$out/template.npy" "${labels[@]}" --skip "$out/covered.txt" \
    --covers "$here/covers.json"
fi
[ -s "$out/heads/heads.jsonl" ] || { echo "no labelled heads in $out/heads; set TEACHERS" >&2; exit 2; }
model=
learn() { # folder, network, name of the result, options
  ganface train-facemask "$1" --network "$2" ${model:+--from "$model"} --out "$out/$3.safetensors" \
    --data-name "LFW deep-funneled and portraits" "${@:4}"
  model=$out/$3.safetensors
}
detector() { learn "$out/train" detector "$@"; }
detector 1-detector --epochs 12 --seed 1
detector 2-detector --epochs 14 --seed 2 --learning-rate 0.0012
detector 7-detector --epochs 14 --seed 3 --learning-rate 0.001
detector 10-detector --epochs 20 --seed 4 --learning-rate 0.0009
# The first aligner takes faces to be where deep funneling has put them, the next where this one sees them.
aligner() { learn "$out/train" aligner "$@" --batch-size 256; }
aligner 20-aligner --epochs 60 --seed 90 --learning-rate 0.002
aligner 21-aligner --epochs 146 --seed 91 --learning-rate 0.002
aligner 22-aligner --epochs 54 --seed 92 --learning-rate 0.001
# From here on with labelled heads.
learn "$out/heads" detector 30-detector --epochs 8 --seed 11 --learning-rate 0.0012
learn "$out/heads" aligner 31-aligner --epochs 10 --seed 93 --learning-rate 0.0006 --batch-size 128
# The shipped segmenter began from the convolutions of a network that knew one kind of occluder only (the model
# file's history holds it, widen_segmenter.py gave it a new head); one from scratch takes a few epochs more. Its
# first, third and fourth steps were planned for 17, 8 and 8 epochs and went on from snapshots.
learn "$out/heads" segmenter 32-segmenter --epochs 6 --seed 1 --learning-rate 0.0015
learn "$out/heads" segmenter 33-segmenter --epochs 5 --seed 2 --learning-rate 0.0011
learn "$out/heads" segmenter 34-segmenter --epochs 2 --seed 3 --learning-rate 0.0012
learn "$out/heads" segmenter 35-segmenter --epochs 1 --seed 4 --learning-rate 0.0012
learn "$out/heads" segmenter 36-segmenter --epochs 5 --seed 5 --learning-rate 0.0012
# From here on with the other half of LFW's training people, real occluders and cut-out objects; for the last
# step cut_false_faces.py added what the detector took for faces in training portraits: badges, wheels, ears.
learn "$out/heads" segmenter 37-segmenter --epochs 6 --seed 6 --learning-rate 0.0012
learn "$out/heads" segmenter 38-segmenter --epochs 3 --seed 7 --learning-rate 0.0008
# The shipped network had one level more up to here; one from scratch does without this.
# narrow_segmenter.py "$out/narrow.safetensors" "$model" made it answer from a quarter of the crop's side.
learn "$out/heads" segmenter 39-segmenter --epochs 9 --seed 8 --learning-rate 0.0014
# With printed masks; by itself it took lit cheeks of two clean portraits more for hands than the mean of both does.
learn "$out/heads" segmenter 40-segmenter --epochs 6 --seed 9 --learning-rate 0.0011
python3 "$here/average_weights.py" "$out/lfw-facemask.safetensors" "$model" 0.5 "$out/39-segmenter.safetensors" 0.5
