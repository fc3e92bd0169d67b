#!/usr/bin/env bash
# Compares code of frameworks with their packages, where these take minutes or a Python of their own, and compiles
# figures by pdflatex, whose Debian packages take minutes too; and repeats on Blender 5.0 those tests with Blender that
# .ci/run repeats on 4.2 and 5.2 alone.
#
#   bash tests/oracles/weekly.sh [NAME...]   all by default: tinygrad, chainer, nnabla, tensorflow, tex, blender
#
# Environments are made in build/oracles, by uv. Chainer and nnabla install on Python 3.8 only.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CI=1 UV_FIND_LINKS=${PIP_FIND_LINKS:-}
uv=$(command -v uv || echo .venv/bin/uv)
folder=build/oracles

environment() { # NAME PYTHON WHAT...
  "$uv" --quiet venv --clear --python "$2" "$folder/$1"
  "$uv" --quiet pip install --python "$folder/$1" "${@:3}"
}
python_38() { # one that is installed but not on the path, if pyenv has it
  local prefix
  prefix=$(pyenv prefix "$(pyenv latest 3.8 2>/dev/null)" 2>/dev/null) && echo "$prefix/bin/python" || echo 3.8
}
compare() { # NAME SETTING
  env "$2" "$folder/tests/bin/pytest" -n0 "tests/core/frameworks/test_oracle_$1.py" tests/core/frameworks/test_ported_words.py
}

environment tests 3.11 --overrides <(echo "bpy==0; python_version < '3'") -e ".[test,tinygrad]"
for name in ${*:-tinygrad chainer nnabla tensorflow tex blender}; do
  echo "== $name"
  case $name in
    tinygrad) compare tinygrad DEV=PYTHON ;; # which needs no compiler
    chainer) environment chainer "$(python_38)" chainer==7.8.1 numpy==1.23.5 "setuptools<60" ;;
    nnabla) environment nnabla "$(python_38)" nnabla==1.39.0 ;;
    tensorflow) environment tensorflow 3.11 tensorflow==2.21.0 ;;
    tex)
      if ! command -v pdflatex >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends texlive-latex-base texlive-pictures
      fi
      "$folder/tests/bin/pytest" -n0 --thorough -k pdflatex tests/pipeline/figures/test_{writers,presets}.py
      continue
      ;;
    blender)
      environment blender 3.11 --overrides <(echo bpy==5.0.1) -e ".[test]"
      "$folder/blender/bin/pytest" -m "not once" tests/scene tests/addon tests/pipeline/jobs/test_render.py
      continue
      ;;
    *) echo "$name is none of tinygrad, chainer, nnabla, tensorflow, tex, blender" >&2 && exit 2 ;;
  esac
  [[ $name == tinygrad ]] || compare "$name" "KERNELWALK_${name^^}_PYTHON=$PWD/$folder/$name/bin/python"
done
