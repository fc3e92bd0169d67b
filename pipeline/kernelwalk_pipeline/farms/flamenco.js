// SPDX-License-Identifier: GPL-3.0-or-later
// Kernelwalk's job type for Flamenco (flamenco.blender.org). Put this file into the folder "scripts" beside Flamenco
// Manager. A job renders one spec: first its base frame, from which the others are composed, then the frames in chunks,
// then the film. Workers need the command kernelwalk and a shared folder.

const JOB_TYPE = {
    label: "Kernelwalk",
    description: "Render the animation of a layer, and encode its film",
    settings: [
        { key: "spec", type: "string", subtype: "file_path", required: true, visible: "submission",
          description: "The spec: a TOML file that all workers can read, or the name of a preset" },
        { key: "frames", type: "string", required: true, visible: "submission",
          description: "The frames, for example 1-300: kernelwalk inspect prints how many there are" },
        { key: "chunk_size", type: "int32", default: 30, visible: "submission",
          description: "Frames per task" },
        { key: "folder", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "The folder for frames, shared by all workers" },
        { key: "film", type: "string", subtype: "file_path", required: true, visible: "submission",
          description: "The film: FILM_SUFFIXES" },
        { key: "device", type: "string", default: "", visible: "submission",
          description: "The device of the workers' Cycles: DEVICES; empty for the spec's own" },
        { key: "kernelwalk", type: "string", default: "kernelwalk", visible: "submission",
          description: "The command kernelwalk on the workers" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const base = kernelwalkTask(settings, "base frame", "blender", renderArgs(settings, "base"));
    const film = kernelwalkTask(settings, "film", "ffmpeg", ["encode", settings.spec, settings.folder,
        "-o", settings.film]);
    job.addTask(base);
    film.addDependency(base);
    for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
        const render = kernelwalkTask(settings, "frames " + chunk, "blender", renderArgs(settings, chunk));
        render.addDependency(base);
        film.addDependency(render);
        job.addTask(render);
    }
    job.addTask(film);
}

function renderArgs(settings, frames) {
    const device = settings.device ? ["--device", settings.device] : [];
    return ["render", settings.spec, "--frames", frames, "-o", settings.folder].concat(device);
}

function kernelwalkTask(settings, name, type, args) {
    const task = author.Task(name, type);
    task.addCommand(author.Command("exec", { exe: settings.kernelwalk, args: args }));
    return task;
}
